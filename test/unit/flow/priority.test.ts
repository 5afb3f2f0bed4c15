// Lanes of a higher priority go first; what cannot leave holds nobody up.
import { expect, test } from 'vitest';
import type { Draft } from '../../../src/model/message.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { decodeFrame } from '../../../src/wire/frame.ts';
import { draft, type SimulatedNode, type SimulatedWorld } from '../../support/simulated-world.ts';
import { calm, chain, far, up, worldOf } from '../../support/chain.ts';

const many = (count: number, more: Partial<Draft['message']>): Draft[] =>
  Array.from({ length: count }, () => draft('ship1', 'cliCommand', { rerun: 'always', ...more }));

/** Lanes of what a node has accepted, in this order, each once where it goes on. */
const acceptedLanes = ({ store }: SimulatedNode): readonly string[] =>
  store
    .contents()
    .inbox.toSorted((one, other) => one.ord - other.ord)
    .map(({ lane }) => lane)
    .filter((lane, index, lanes) => lane !== lanes[index - 1]);

const statesOf = (node: SimulatedNode, lane: string): readonly string[] =>
  node.store
    .contents()
    .outbox.filter((record) => record.lane === lane && !record.isReply)
    .map(({ state }) => state);

const large = (more: Partial<Draft['message']>): Draft => {
  const body = Buffer.alloc(400_000, 'x');
  return { ...draft('ship1', 'fileAppend', { ...more, bodySize: body.length }), body };
};

test('priority - what waits for an absent node leaves in the order of its priority, each lane in its own order', () => {
  const { w, nodes } = worldOf({ faults: { ...calm, methodMs: 0 } }, 'central', 'ship1');
  const [central, ship] = nodes;
  up(w, [central]);
  w.submit(central, many(1_200, { priority: 0 }));
  w.submit(central, many(1_200, {}));
  w.submit(central, [...many(1_100, { priority: 9 }), ...many(500, { priority: 5, unordered: true })]);
  w.runUntil(w.now + 500);
  up(w, [ship]);
  w.runUntil(w.now + 60_000);
  expect(acceptedLanes(ship)).toEqual(['cliCommand:9', 'cliCommand:5*', 'cliCommand', 'cliCommand:0']);
  expect(w.accepted.length).toBe(4_000);
  expect(central.store.contents().outbox.every(({ state }) => state === 'succeeded')).toBe(true);
});

test('priority - an answer goes back with the priority of its request, also by other nodes', () => {
  const { w, central, island, all } = chain();
  up(w, all);
  w.submit(central, [far({ priority: 7 })]);
  w.runUntil(w.now + 5_000);
  expect(statesOf(central, 'cliCommand:7@central/island')).toEqual(['succeeded']);
  const accepted = ({ store }: SimulatedNode): readonly string[] => store.contents().inbox.map(({ lane }) => lane);
  expect(accepted(island)).toContain('cliCommand:7@central/island');
  expect(accepted(central)).toContain('fileAppend<cliCommand:7@island/central');
});

test('priority - a lane whose receiver takes nothing of it holds nobody up', () => {
  const { w, nodes } = worldOf({}, 'central', 'ship1');
  const [central, ship] = nodes;
  up(w, nodes);
  w.submit(central, [draft('ship1', 'opProcessStop', { args: ['subscriber', 'ping'] })]);
  w.runUntil(w.now + 2_000);
  w.submit(central, [draft('ship1', 'ping', { priority: 9 }), draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 5_000);
  expect(statesOf(central, 'ping:9')).toEqual(['queued']);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded']);
  w.submit(central, [draft('ship1', 'opProcessStart', { args: ['subscriber', 'ping'] })]);
  w.runUntil(w.now + 5_000);
  expect(statesOf(central, 'ping:9')).toEqual(['succeeded']);
  expect(ship.flow?.processes()).toEqual([]);
});

test('priority - a publisher that is stopped holds nobody up', () => {
  const { w, nodes } = worldOf({ faults: { ...calm, methodMs: 10_000 } }, 'central', 'ship1');
  const [central] = nodes;
  up(w, nodes);
  w.submit(central, [draft('ship1', 'cliCommand', { priority: 9 })]);
  w.runUntil(w.now + 500);
  w.submit(central, [draft('central', 'opProcessStop', { args: ['publisher', 'ship1', 'cliCommand:9'] })]);
  w.runUntil(w.now + 500);
  w.submit(central, [draft('ship1', 'cliCommand', { priority: 9 }), draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 60_000);
  expect(statesOf(central, 'cliCommand:9').at(-1)).toBe('queued');
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded']);
});

test('priority - a large body holds up no message, whichever of them goes first', () => {
  for (const priority of [0, 9]) {
    const { w, nodes } = worldOf({ faults: { ...calm, delayMs: 400 } }, 'central', 'ship1');
    const [central, ship] = nodes;
    up(w, [central]);
    w.submit(central, [large({ priority }), draft('ship1', 'cliCommand', { priority: 9 - priority || 1 })]);
    up(w, [ship]);
    w.runUntil(w.now + 60_000);
    expect(acceptedLanes(ship).at(0)).toMatch(/^cliCommand/);
    expect(central.store.contents().outbox.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  }
});

test('priority - of the commands of one sender those of the higher one get the next slot, and senders take turns', () => {
  const { w, nodes } = worldOf({}, 'central', 'second', 'ship1');
  const [central, second, ship] = nodes;
  ship.limits = { runningTotal: 1 };
  up(w, nodes);
  w.submit(central, [...many(10, {}), ...many(10, { fileName: 'other', method: 'cliCommand', unordered: true })]);
  w.runUntil(w.now + 20);
  w.submit(central, many(5, { priority: 9 }));
  w.submit(second, many(3, { priority: 0 }));
  w.runUntil(w.now + 30_000);
  const starts = w.runs.filter(({ node, message }) => node === 'ship1' && message.method === 'cliCommand');
  expect(starts.length).toBe(28);
  const places = (of: (message: (typeof starts)[number]['message']) => boolean): readonly number[] =>
    starts.flatMap(({ message }, index) => (of(message) ? [index] : []));
  // At most one or two had started before; from then on every other start at most is another sender's.
  expect(places(({ priority }) => priority === 9).at(-1)).toBeLessThan(13);
  expect(places(({ from }) => from === 'second').at(-1)).toBeLessThan(13);
});

test('priority - whatever is lost and whoever dies, everything comes to its end', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { w, nodes } = worldOf(
      { faults: { loss: 0.2, duplicate: 0.1, delayMs: 100, methodMs: 50 }, seed },
      'central',
      'ship1',
    );
    const [central, ship] = nodes;
    up(w, nodes);
    for (let round = 0; round < 6; round += 1) {
      for (const priority of [0, 9, 2])
        w.submit(central, [...many(3, { priority }), ...many(2, { unordered: true }), large({ priority })]);
      w.runUntil(w.now + w.random.next() * 500);
      const node = w.random.next() < 0.5 ? central : ship;
      w.crash(node);
      w.runUntil(w.now + w.random.next() * 200);
      w.start(node);
    }
    w.faults = calm;
    w.runUntil(w.now + 600_000);
    const open = central.store
      .contents()
      .outbox.filter(({ open, state }) => open || !['succeeded', 'unknown'].includes(state));
    expect(open, `seed ${seed}`).toEqual([]);
  }
});

/** As a node of the version before priorities, which drops whole what names a lane that it does not know. */
function makeOlder(w: SimulatedWorld, node: SimulatedNode): void {
  const step = w.step.bind(w);
  w.step = (to, event) => {
    const isUnknown =
      event.type === 'frame' && namesPriority.test(JSON.stringify(decodeFrame(event.bytes, digestSeals).head));
    if (to !== node || !isUnknown) step(to, event);
  };
}

const namesPriority = /"l":"[A-Za-z<]+:[0-9]/;

test.each([1, 200])(
  'priority - an older receiver goes on with all else, though %d urgent messages wait for it',
  (count) => {
    const { w, nodes } = worldOf({}, 'central', 'ship1');
    const [central, ship] = nodes;
    makeOlder(w, ship);
    up(w, nodes);
    w.submit(central, many(count, { priority: 9 }));
    w.runUntil(w.now + 5_000);
    w.submit(central, [...many(3, {}), draft('ship1', 'opProcessList')]);
    w.runUntil(w.now + 120_000);
    expect(statesOf(central, 'cliCommand')).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(statesOf(central, 'control')).toEqual(['succeeded']);
    w.unlink(ship);
    w.runUntil(w.now + 1_000);
    w.link(ship);
    w.submit(central, many(1, {}));
    w.runUntil(w.now + 120_000);
    expect(statesOf(central, 'cliCommand').at(-1)).toBe('succeeded');
    expect(new Set(statesOf(central, 'cliCommand:9'))).toEqual(new Set(['queued']));
  },
);

test('priority - thousands of lanes to one node cost about what they cost without', () => {
  const spent = [false, true].map((ranked) => {
    const { w, nodes } = worldOf({ faults: { ...calm, methodMs: 0 } }, 'central', 'gateway');
    const [central, gateway] = nodes;
    up(w, [central]);
    const by = { via: ['gateway'] };
    w.submit(
      central,
      Array.from({ length: 2_000 }, (_none, index) => draft(`island${index}`, 'cliCommand', by)),
    );
    const urgent = ranked ? { priority: 9 } : {};
    w.submit(
      central,
      Array.from({ length: 500 }, () => draft('island0', 'cliCommand', { ...by, unordered: true, ...urgent })),
    );
    w.runUntil(w.now + 1_000);
    w.start(gateway);
    const from = process.cpuUsage();
    w.runUntil(w.now + 20_000);
    const { user, system } = process.cpuUsage(from);
    expect(new Set(central.store.contents().outbox.map(({ state }) => state))).toEqual(new Set(['carried']));
    return user + system;
  });
  // Where each lane looked at all others it was a hundred times as much.
  expect((spent[1] ?? 0) / (spent[0] ?? 1)).toBeLessThan(8);
}, 60_000);
