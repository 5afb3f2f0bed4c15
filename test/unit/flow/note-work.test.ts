// What a node says of the messages that pass through it, in the order in which it became durable.
import { expect, test } from 'vitest';
import type { Notice } from '../../../src/flow/effect.ts';
import { draft, SimulatedWorld } from '../../support/simulated-world.ts';

function told(notice: Notice): string {
  switch (notice.type) {
    case 'state':
      return `${notice.state}${notice.outcome === undefined ? '' : ' with its outcome'}`;
    case 'work':
      return `${notice.step} ${notice.attempts}${notice.outcome === undefined ? '' : ' with its outcome'}`;
    case 'reply':
      return `reply ${notice.state}`;
    case 'lost':
    case 'unheard':
    case 'errors':
    case 'heard':
      return notice.type;
  }
}

test('work - each step is told once, when the store holds it, and replies by what they answer', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  const heard: Record<string, string[]> = { central: [], ship1: [] };
  w.hear = (node, notice) => {
    if (notice.type === 'heard') return;
    heard[node]?.push(told(notice));
    if (notice.type !== 'work') return;
    const record = ship.store.contents().inbox.find(({ ord }) => ord === notice.ord);
    expect(record).toMatchObject({ id: notice.message.id });
    if (notice.step !== 'accepted') expect(record?.state).toBe(notice.step);
  };
  w.fails = () => w.runs.length === 1;
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', 'cliCommand', { methodRetries: 1 })]);
  w.runUntil(1_000);
  expect(heard['ship1']).toEqual(['accepted 0', 'started 1', 'started 2', 'ended 2 with its outcome']);
  expect(heard['central']).toEqual(['queued', 'delivered', 'succeeded with its outcome', 'reply handled']);
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(2_000);
  expect(heard['ship1']?.slice(4)).toEqual(['accepted 0', 'ended 0 with its outcome']);
});

test('work - what is queued is told with the message and its data', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
  const central = w.add('central');
  const intakes: unknown[] = [];
  w.hear = (_node, notice) => {
    if (notice.type === 'state') intakes.push(notice.intake);
  };
  w.start(central);
  w.runUntil(100);
  const body = Buffer.from('data');
  const made = draft('ship1', 'cliCommand', { bodySize: body.length });
  w.submit(central, [{ ...made, body }, draft('ship2', 'ping')]);
  w.runUntil(200);
  const [first, second] = w.accepted.map(({ id }) => id);
  expect(intakes).toMatchObject([
    { ord: 1, submission: first, message: { id: first, from: 'central', to: 'ship1' }, body },
    { ord: 2, submission: first, message: { id: second, to: 'ship2' } },
  ]);
});
