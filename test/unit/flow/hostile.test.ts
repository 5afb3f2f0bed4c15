import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { parseSubject } from '../../../src/model/subject.ts';
import { openFrame, rawFrame } from '../../support/hostile-frames.ts';
import { HostileTraffic, type Attack } from '../../support/hostile-traffic.ts';
import { checkHistory } from '../../support/simulated-history.ts';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

const payloads = 4_000;
/** Longer than any packet is under way. */
const arrivedMs = 20;

interface Scene {
  readonly w: SimulatedWorld;
  readonly nodes: readonly SimulatedNode[];
  readonly deaf: SimulatedNode;
  readonly traffic: HostileTraffic;
}

/** Messages in every state: settled, running, accepted behind a running one, under way to a deaf node, and queued for an absent one. */
function scene(seed: number): Scene {
  const w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 10, methodMs: 5 });
  const nodes = ['central', 'ship1', 'ship2'].map((name) => w.add(name));
  const [central, ship1, deaf] = nodes;
  if (central === undefined || ship1 === undefined || deaf === undefined) throw new Error('three nodes');
  w.add('away');
  const traffic = new HostileTraffic(seededRandom(seed), ['central', 'ship1', 'ship2', 'away']);
  w.tap = (subject, bytes) => w.at(arrivedMs, () => traffic.see({ subject, bytes }));
  for (const node of nodes) w.start(node);
  w.runUntil(200);
  for (const node of [central, ship1, deaf]) {
    const to = node === central ? 'ship1' : 'central';
    const body = Buffer.from(Array.from({ length: 5_000 }, (_none, line) => `${node.name} line ${line}\n`).join(''));
    w.submit(node, [
      draft(to, 'cliCommand'),
      draft(to, 'ping', { unordered: true }),
      draft(to, 'cliCommand', { ackTimeoutMs: 0 }),
      { ...draft(to, 'fileAppend', { bodySize: body.length, fileName: 'large' }), body },
    ]);
    w.runUntil(w.now + 300);
  }
  w.submit(central, [draft('ship2', 'ping')]);
  w.runUntil(3_000);
  // From here on a method takes longer than the attack.
  w.faults = { ...w.faults, methodMs: 1e9 };
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.submit(ship1, [draft('central', 'cliCommand'), draft('central', 'cliCommand', { unordered: true })]);
  w.submit(central, [draft('away', 'cliCommand'), draft('away', 'cliCommand', { ackTimeoutMs: 0 })]);
  w.runUntil(w.now + 2_000);
  deaf.deaf = true;
  w.submit(central, [draft('ship2', 'cliCommand'), draft('ship2', 'ping')]);
  w.runUntil(w.now + 200);
  return { w, nodes, deaf, traffic };
}

/** What anybody could see of the messages of a node. */
function stateOf(node: SimulatedNode): object {
  const { outbox, inbox } = node.store.contents();
  return {
    outbox: outbox.map(({ position: _position, tag: _tag, ...seen }) => seen),
    inbox,
    incarnation: node.store.query({ query: 'restart' }).meta['incarnation'],
  };
}

function receivers(nodes: readonly SimulatedNode[], subject: string): readonly SimulatedNode[] {
  const route = parseSubject(subject);
  if (route?.type === 'hello')
    return nodes.filter((node) => [node.name, route.from].includes('central') || node.listening.has(route.from));
  return nodes.filter((node) => node.name === route?.to);
}

describe('hostile traffic', { timeout: 60_000 }, () => {
  test.each([1, 2])(`hostile - ${payloads} payloads change no state and run nothing (seed %i)`, (seed) => {
    const { w, nodes, deaf, traffic } = scene(seed);
    const before = nodes.map(stateOf);
    const states = new Set(nodes.flatMap((node) => node.store.contents().outbox.map((record) => record.state)));
    expect([...states].sort()).toEqual(['delivered', 'queued', 'running', 'succeeded']);
    const runs = w.runs.length;
    const counts = new Map<Attack, number>();
    let delivered = 0;
    for (let count = 0; count < payloads; count += 1) {
      const { attack, subject, bytes } = traffic.next();
      counts.set(attack, (counts.get(attack) ?? 0) + 1);
      for (const node of receivers(nodes, subject)) {
        if (node === deaf) continue;
        delivered += 1;
        w.step(node, { type: 'frame', subject, bytes });
      }
      if (count % 20 === 0) w.runUntil(w.now + 15);
    }
    const ofValid = payloads - (counts.get('random') ?? 0) - (counts.get('nasty') ?? 0);
    expect(ofValid).toBeGreaterThan(payloads / 2);
    expect(delivered).toBeGreaterThan(payloads / 2);
    w.runUntil(w.now + 5_000);
    expect(w.runs.slice(runs)).toEqual([]);
    expect(nodes.map(stateOf)).toEqual(before);
    expect(w.warnings.filter((text) => /incarnation|lost its store|starts again/.test(text))).toEqual([]);
    goOn({ w, nodes, deaf, traffic });
    checkHistory(`seed ${seed}`, w, { unknownUnrun: true });
  });
});

/** The longest wait for an answer with its jitter, the pause of a name that two have, and a little for the answers. */
const longestWaitMs = 60_000 + 30_000 + 2_000;

test('hostile - when forged answers stop, what is sent arrives after one wait for an answer', () => {
  const forgeryMs = 20_000;
  const waits = Array.from({ length: 20 }, (_none, seed) => {
    const w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 10, methodMs: 5 });
    const [central, ship1] = [w.add('central'), w.add('ship1')];
    const random = seededRandom(seed);
    w.start(central);
    w.start(ship1);
    w.runUntil(200);
    w.submit(central, [draft('ship1', 'ping')]);
    w.runUntil(3_000);
    ship1.deaf = true;
    w.submit(central, [draft('ship1', 'ping')]);
    // Answers in place of ship1 before it can, now and then as another life of it.
    const over = w.now + forgeryMs;
    w.tap = (subject, bytes) => {
      const route = parseSubject(subject);
      if (w.now >= over || route?.type !== 'message' || route.to !== 'ship1') return;
      const { head } = openFrame(bytes);
      const life = () => Buffer.from(random.bytes(9)).toString('base64url');
      const forged = { f: 'ship1', t: 'central', i: head['ri'], b: life(), n: head['n'], a: [] };
      w.at(0, () =>
        w.step(central, {
          type: 'frame',
          subject: 'steward-ack.central.ship1',
          bytes: rawFrame({ type: 'ack', head: JSON.stringify(forged) }),
        }),
      );
    };
    const isDone = (): boolean => central.store.contents().outbox.every(({ state }) => state === 'succeeded');
    w.runUntil(over);
    ship1.deaf = false;
    expect(isDone(), `seed ${seed}`).toBe(false);
    while (!isDone() && w.now < over + 600_000) w.runUntil(w.now + 100);
    return w.now - over;
  });
  expect(Math.max(...waits)).toBeLessThan(longestWaitMs);
});

/** The attack is over: what ran is interrupted by a restart, and everything comes to its end. */
function goOn({ w, nodes, deaf }: Scene): void {
  w.tap = undefined;
  w.faults = { ...w.faults, methodMs: 5 };
  deaf.deaf = false;
  const away = w.nodes.get('away');
  if (away !== undefined) w.start(away);
  for (const node of nodes) {
    w.crash(node);
    w.start(node);
  }
  w.runUntil(w.now + 2_000);
  const [central] = nodes;
  if (central !== undefined) w.submit(central, [draft('ship1', 'cliCommand'), draft('ship2', 'ping')]);
  w.runUntil(w.now + 600_000);
}
