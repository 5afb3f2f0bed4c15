import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Pair {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  /** What the ship has committed so far: the names of its operations that begin with "inbox", commit by commit. */
  readonly commits: readonly (readonly string[])[];
}

function pair(methodMs: number): Pair {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs });
  const central = w.add('central');
  const ship = w.add('ship1');
  const commits: string[][] = [];
  const apply = ship.store.apply.bind(ship.store);
  ship.store.apply = (ops) => {
    apply(ops);
    const names = ops.map(({ op }) => op as string).filter((name) => name.startsWith('inbox'));
    if (names.length > 0) commits.push(names);
  };
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  return { w, central, ship, commits };
}

test('run - a command starts by the commit that accepts it, and the next of its lane by the one that ends it', () => {
  const { w, central, commits } = pair(5);
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.runUntil(10_000);
  expect(commits).toEqual([
    ['inbox-add', 'inbox-add', 'inbox-add', 'inbox-start'],
    ['inbox-end', 'inbox-start'],
    ['inbox-end', 'inbox-start'],
    ['inbox-end'],
  ]);
});

test('run - unordered commands start by the commit that accepts them, as many as may run at once', () => {
  const { w, central, commits } = pair(5);
  w.submit(
    central,
    Array.from({ length: 10 }, () => draft('ship1', 'cliCommand', { unordered: true })),
  );
  w.runUntil(10_000);
  const started = commits.map((names) => names.filter((name) => name === 'inbox-start').length);
  expect(started[0]).toBe(8);
  expect(started.reduce((sum, count) => sum + count, 0)).toBe(10);
  expect(commits.slice(1).every((names) => names[0] === 'inbox-end')).toBe(true);
});

test('run - only what runs for long is told of while it runs', () => {
  const brief = pair(100);
  brief.w.submit(brief.central, [draft('ship1', 'cliCommand')]);
  const long = pair(5_000);
  long.w.submit(long.central, [draft('ship1', 'cliCommand')]);
  const seen = { brief: new Set<string>(), long: new Set<string>() };
  for (let ms = 100; ms < 10_000; ms += 5) {
    for (const name of ['brief', 'long'] as const) {
      const { w, central } = name === 'brief' ? brief : long;
      w.runUntil(ms);
      seen[name].add(central.store.contents().outbox[0]?.state ?? 'none');
    }
  }
  expect([...seen.brief]).toEqual(['none', 'queued', 'delivered', 'succeeded']);
  expect([...seen.long]).toEqual(['none', 'queued', 'delivered', 'running', 'succeeded']);
});

test('run - only the end of a file that nothing follows may wait for the next commit', () => {
  const { w, central, ship } = pair(5);
  const mayWait: string[] = [];
  for (const node of [central, ship]) {
    const { flow } = node;
    if (flow === undefined) throw new Error('it does not run');
    const step = flow.step.bind(flow);
    flow.step = (event) => {
      const effects = step(event);
      for (const effect of effects)
        if (effect.type === 'commit' && effect.mayWait === true)
          mayWait.push(`${node.name}: ${effect.ops.map(({ op }) => op).join(' ')}`);
      return effects;
    };
  }
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(5_000);
  expect(mayWait).toEqual(['central: inbox-end outbox-reply']);
  // A command that treats an answer holds a slot, which others may wait for.
  const { reply } = draft('ship1', 'ping').message;
  if (reply === undefined) throw new Error('there is no reply');
  w.submit(central, [draft('ship1', 'ping', { reply: { ...reply, method: 'cliCommand' } })]);
  w.runUntil(10_000);
  expect(central.store.contents().outbox.map(({ state, replyState }) => [state, replyState])).toEqual([
    ['succeeded', 'handled'],
    ['succeeded', 'handled'],
  ]);
  expect(mayWait).toHaveLength(1);
});
