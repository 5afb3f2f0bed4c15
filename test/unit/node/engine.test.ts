import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../../src/base/clock.ts';
import type { Effect } from '../../../src/flow/effect.ts';
import { Engine, type EngineParts } from '../../../src/node/engine.ts';
import { quietLog } from '../../support/quiet-log.ts';

test('engine - a commit that may wait does not where somebody looks on', () => {
  const effect: Effect = { type: 'commit', token: 1, ops: [], refusable: false, mayWait: true };
  const asked: unknown[] = [];
  const store = { commit: (_ops: unknown, { mayWait }: { mayWait?: boolean }) => void asked.push(mayWait) };
  const engine = new Engine({
    flow: { step: () => [effect] },
    store,
    clock: systemClock,
    timers: systemTimers,
    log: quietLog,
  } as unknown as EngineParts);
  let isWatched = false;
  engine.isWatched = () => isWatched;
  engine.handle({ type: 'stop' });
  isWatched = true;
  engine.handle({ type: 'stop' });
  engine.close();
  expect(asked).toEqual([true, false]);
});
