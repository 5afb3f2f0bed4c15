// The checker, and what waits for others: with the stores of a simulated world, without its nodes.
import { expect, test } from 'vitest';
import { Judge } from '../../../simulator/check/judge.ts';
import { World } from '../../../simulator/world/world.ts';
import type { MessageState } from '../../../src/model/state.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { idOf, outboxRow, succeed } from '../store/rows.ts';

const head = (ord: number): string => JSON.stringify({ i: idOf(ord), t: 0 });
const sent: StoreOp = { op: 'outbox-settle', ord: 1, state: 'sent', at: 1, reason: null };
const succeeded = succeed(1);
const held: readonly StoreOp[] = [
  { op: 'outbox-add', record: outboxRow(2, { lane: '+cliCommand', head: head(2) }) },
  { op: 'outbox-hold', ord: 2, after: [idOf(1)] },
];
const cancelled: StoreOp = { op: 'outbox-settle', ord: 2, state: 'cancelled', at: 1, reason: 'never sent' };

/** What is said of the end of the second message, which waits for the first. */
function judged(...commits: readonly (readonly StoreOp[])[]): { texts: string[]; state: MessageState | undefined } {
  const world = new World({ seed: 1 });
  const judge = new Judge();
  world.witness = judge;
  const central = world.add('central');
  const first: StoreOp = { op: 'outbox-add', record: outboxRow(1, { lane: 'cliCommand*', head: head(1) }) };
  for (const ops of [[first], ...commits]) {
    judge.willCommit(central, ops, 0);
    central.disk.store.apply(ops);
    judge.didCommit(central, ops);
  }
  const texts = judge.violations.filter(({ id }) => id === idOf(2)).map(({ text }) => text);
  return { texts, state: central.disk.store.look().outbox.get(2)?.state };
}

const unwanted = 'called cancelled, and nobody wanted that, at central';

test('held - what waited for a message that was sent may end as cancelled, also after an answer to that', () => {
  expect(judged(held, [sent], [cancelled])).toEqual({ texts: [], state: 'cancelled' });
  expect(judged(held, [sent], [succeeded], [cancelled])).toEqual({ texts: [], state: 'cancelled' });
});

test('held - it may not where that succeeded at once, or where it began to wait after the answer', () => {
  expect(judged(held, [succeeded], [cancelled]).texts).toEqual([unwanted]);
  expect(judged([sent], [succeeded], held, [cancelled]).texts).toEqual([unwanted]);
});
