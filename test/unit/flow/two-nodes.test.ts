import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';
import type { OutboxRecord } from '../../../src/model/record.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 5 };
const rough: Faults = { loss: 0.1, duplicate: 0.1, delayMs: 300, methodMs: 200 };

function world(seed: number, faults: Faults): { world: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const made = new SimulatedWorld(seed, faults);
  return { world: made, central: made.add('central'), ship: made.add('ship1') };
}

function requests(node: SimulatedNode): OutboxRecord[] {
  return node.store.contents().outbox.filter((record) => !record.isReply);
}

describe('two nodes', () => {
  test('two nodes - a command reaches a node that is up, runs once, and its answer lands in a file', () => {
    const { world: w, central, ship } = world(1, calm);
    w.start(central);
    w.start(ship);
    w.runUntil(100);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(200);
    expect(requests(central).map((record) => [record.state, record.replyState])).toEqual([['succeeded', 'handled']]);
    expect(central.files.get('ship1/answers')).toBe(`${w.accepted[0]?.id}\n`);
    expect(w.warnings).toEqual([]);
  });

  test('two nodes - a command waits for a node that is away and runs within a moment of its coming', () => {
    const { world: w, central, ship } = world(2, calm);
    w.start(central);
    w.runUntil(50);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(30_123);
    w.crash(central);
    w.runUntil(30_200);
    w.start(central);
    w.runUntil(100_456);
    const cameAt = w.now;
    w.start(ship);
    w.runUntil(cameAt + 200);
    expect(requests(central).map((record) => record.state)).toEqual(['succeeded', 'succeeded']);
    expect(w.runs.filter((run) => run.node === 'ship1').map((run) => run.id)).toEqual(
      w.accepted.map((sent) => sent.id),
    );
    expect((w.runs[0]?.at ?? Infinity) - cameAt).toBeLessThan(30);
  });

  test('two nodes - what expires before it leaves never runs, and says so', () => {
    const { world: w, central, ship } = world(3, calm);
    w.start(central);
    w.runUntil(50);
    w.submit(central, [draft('ship1', 'cliCommand', { ackTimeoutMs: 5000, retries: 3 })]);
    w.runUntil(19_000);
    expect(requests(central)[0]?.state).toBe('queued');
    w.runUntil(21_000);
    expect(requests(central)[0]).toMatchObject({
      state: 'expired',
      reason: 'max retries reached, check if node ship1 is up and running',
    });
    w.start(ship);
    w.runUntil(30_000);
    expect(w.runs).toEqual([]);
  });

  test('two nodes - the same seed gives the same history', () => {
    const hash = (seed: number): string => {
      const w = storm(seed);
      return createHash('sha256').update(w.history.join('\n')).digest('hex');
    };
    expect(hash(7)).toBe(hash(7));
    expect(hash(7)).not.toBe(hash(8));
  });

  const seeds = Number(process.env['STEWARD_TEST_SEEDS'] ?? 60);
  test(`two nodes - through crashes, loss and duplicates nothing is lost, doubled or out of order (${seeds} seeds)`, () => {
    for (let seed = 1; seed <= seeds; seed += 1) check(seed, storm(seed));
  });
});

/** Thirty messages, with crashes and cut links in between; then quiet, until everything has come to rest. */
function storm(seed: number): SimulatedWorld {
  const { world: w, central, ship } = world(seed, rough);
  w.start(central);
  w.start(ship);
  for (let round = 0; round < 15; round += 1) {
    const sender = w.random.next() < 0.8 ? central : ship;
    const to = sender === central ? 'ship1' : 'central';
    const method = w.random.next() < 0.6 ? ('cliCommand' as const) : ('ping' as const);
    const unordered = w.random.next() < 0.2;
    const expires = w.random.next() < 0.15 ? { ackTimeoutMs: 500, retries: Math.floor(w.random.next() * 4) } : {};
    w.submit(sender, [draft(to, method, { unordered, ...expires }), draft(to, method, { unordered })]);
    w.runUntil(w.now + w.random.next() * 800);
    const victim = w.random.next() < 0.5 ? central : ship;
    const fate = w.random.next();
    if (fate < 0.5) {
      w.crash(victim);
      w.at(w.random.next() * 2000, () => w.start(victim));
    } else if (fate < 0.75 && victim.flow !== undefined) {
      w.unlink(victim);
      const { life } = victim;
      w.at(w.random.next() * 2000, () => victim.life === life && w.link(victim));
    }
    w.runUntil(w.now + w.random.next() * 3000);
  }
  w.runUntil(w.now + 3000);
  for (const node of [central, ship]) if (node.flow === undefined) w.start(node);
  w.runUntil(w.now + 1_200_000);
  return w;
}

function check(seed: number, w: SimulatedWorld): void {
  const at = `seed ${seed}`;
  const states = new Map<string, OutboxRecord>();
  for (const node of w.nodes.values()) for (const record of requests(node)) states.set(record.id, record);
  for (const { id, draft: sent } of w.accepted) {
    const record = states.get(id);
    const runs = w.runs.filter((run) => run.id === id).length;
    const rerun = sent.message.rerun === 'always';
    expect(record, `${at}: ${id} was accepted`).toBeDefined();
    const state = record?.state ?? 'lost';
    expect(['succeeded', 'expired', 'unknown'], `${at}: ${id} is ${state}, which is final`).toContain(state);
    if (state === 'expired') expect(runs, `${at}: ${id} expired`).toBe(0);
    if (state === 'succeeded') expect(rerun ? Math.min(runs, 1) : runs, `${at}: ${id} succeeded`).toBe(1);
    if (state === 'unknown') expect(runs, `${at}: ${id} unknown`).toBe(1);
    if (state === 'succeeded') expect(record?.replyState, `${at}: ${id} reply`).toBe('handled');
  }
  const known = new Set(w.accepted.map((sent) => sent.id));
  for (const run of w.runs) {
    if (run.message.replyTo === undefined)
      expect(states.has(run.id) || known.has(run.id), `${at}: ${run.id} was sent`).toBe(true);
  }
  checkOrder(at, w);
  checkFiles(at, w, states);
}

function checkOrder(at: string, w: SimulatedWorld): void {
  const lanes = new Map<string, string[]>();
  for (const run of w.runs) {
    if (run.message.unordered || run.message.replyTo !== undefined) continue;
    const list = lanes.get(run.lane) ?? [];
    if (!list.includes(run.id)) list.push(run.id);
    lanes.set(run.lane, list);
  }
  for (const [lane, ids] of lanes) expect(ids, `${at}: order of ${lane}`).toEqual([...ids].sort());
}

/** Every answer of a command stands in its file exactly once. */
function checkFiles(at: string, w: SimulatedWorld, states: Map<string, OutboxRecord>): void {
  for (const node of w.nodes.values()) {
    for (const [path, content] of node.files) {
      expect(content.includes('\0'), `${at}: ${node.name} ${path} has no holes`).toBe(false);
      const lines = content.split('\n').filter((line) => line !== '' && line !== 'pong');
      expect(new Set(lines).size, `${at}: ${node.name} ${path} has every line once`).toBe(lines.length);
    }
  }
  for (const record of states.values()) {
    if (record.state !== 'succeeded' || record.replyState !== 'handled' || !record.lane.startsWith('cliCommand'))
      continue;
    const all = [...w.nodes.values()].flatMap((node) => [...node.files.values()]).join('');
    expect(all.includes(`${record.id}\n`), `${at}: the answer to ${record.id} is in a file`).toBe(true);
  }
}
