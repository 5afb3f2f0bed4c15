import { expect, test } from 'vitest';
import type { FlowEvent } from '../../../src/flow/event.ts';
import type { Engine } from '../../../src/node/engine.ts';
import { createErrorReporting } from '../../../src/node/report-errors.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { quietLog } from '../../support/quiet-log.ts';

test('reporting - whoever follows the errors is told of one that is kept by the commit that tells central of it', () => {
  const time = new ManualTime();
  const rows = new MemoryStore();
  const store = {
    commit: (ops: Parameters<MemoryStore['apply']>[0], _how: unknown, done: () => void) => {
      rows.apply(ops);
      done();
    },
    query: (query: Parameters<MemoryStore['query']>[0], done: (found: unknown) => void) => done(rows.query(query)),
  } as unknown as Store;
  const engine = {
    handle(event: FlowEvent) {
      if (event.type !== 'errors') return;
      rows.apply(event.ops);
      event.answer({ id: undefined });
    },
  } as unknown as Engine;
  const reporting = createErrorReporting({
    node: 'central',
    central: 'central',
    log: quietLog,
    clock: time,
    timers: time,
    // What is new is told as soon as can be, before it would be kept by itself.
    random: { next: () => 0 },
  });
  const seen: number[] = [];
  reporting.start({ store, engine, onKept: () => seen.push(rows.errors().length) });
  time.advance(60_000);
  reporting.report('internal', 'it went wrong', {});
  time.advance(5_000);
  expect(rows.errors()).toHaveLength(1);
  expect(seen).toContain(1);
});
