// A process inside a node crashes, at every point of its life: nothing is lost, nothing runs twice, and the others do not notice.
import { describe, expect, test } from 'vitest';
import { checkHistory } from '../../support/simulated-history.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Scene {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
}

/** Every so many-th point is tried; 1, all of them, takes minutes. */
const stride = Number(process.env['STEWARD_TEST_STRIDE'] ?? 11);

function scene(): Scene {
  const w = new SimulatedWorld(7, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 40 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  return { w, central, ship };
}

/** Every kind of lane: ordered and not, with and without ACK, inline, file and command, and a large body. */
function submitAll(w: SimulatedWorld, from: SimulatedNode, to: string): void {
  const body = Buffer.from(Array.from({ length: 2_000 }, (_none, line) => `${from.name} ${w.now} ${line}\n`).join(''));
  w.submit(from, [
    draft(to, 'cliCommand'),
    draft(to, 'cliCommand'),
    draft(to, 'cliCommand', { unordered: true }),
    draft(to, 'ping'),
    draft(to, 'ping', { unordered: true }),
    draft(to, 'cliCommand', { ackTimeoutMs: 0 }),
    { ...draft(to, 'fileAppend', { bodySize: body.length, fileName: 'large' }), body },
  ]);
}

const settled = new Set(['succeeded', 'failed', 'timedOut', 'sent']);

function play(w: SimulatedWorld, nodes: readonly SimulatedNode[]): void {
  for (let round = 0; round < 2; round += 1) {
    for (const node of nodes) submitAll(w, node, node.name === 'central' ? 'ship1' : 'central');
    w.runUntil(w.now + 60);
  }
  w.runUntil(w.now + 30_000);
}

/** Points that all processes pass while nothing goes wrong. */
function countPoints(): number {
  const { w, central, ship } = scene();
  let points = 0;
  w.faultPoint = () => void (points += 1);
  play(w, [central, ship]);
  return points;
}

describe('process', { timeout: 120_000 }, () => {
  test('process - one crash at any point loses nothing, runs nothing twice, and everything ends', () => {
    const points = countPoints();
    expect(points).toBeGreaterThan(500);
    const crashed = new Set<string>();
    for (let at = 1; at <= points; at += stride) {
      const { w, central, ship } = scene();
      let passed = 0;
      let where = '';
      w.faultPoint = (_node, { process, point }) => {
        passed += 1;
        if (passed !== at) return;
        where = `${process.split(' ')[0]} at ${point}`;
        crashed.add(where);
        throw new Error('planned');
      };
      play(w, [central, ship]);
      expect(where).not.toBe('');
      checkHistory(`a crash at point ${at}, ${where}`, w, {});
      for (const node of [central, ship]) {
        const open = node.store.contents().outbox.filter((record) => record.isReply || !settled.has(record.state));
        expect(open, `a crash at point ${at}, ${where}, of ${node.name}`).toEqual([]);
      }
      expect(w.warnings.filter((text) => text.includes(' crashed, and '))).toHaveLength(1);
    }
    const kinds = new Set([...crashed].map((text) => text.split(' ')[0]));
    expect(kinds).toEqual(new Set(['publisher', 'run', 'submission', 'subscriber']));
  });

  test('process - what is lost by a crash is sent again soon', () => {
    const { w, central, ship } = scene();
    let crashes = 0;
    w.faultPoint = (node, { process }) => {
      if (node !== ship || process !== 'subscriber central cliCommand' || crashes === 2) return;
      crashes += 1;
      throw new Error('planned');
    };
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 800);
    expect(crashes).toBe(2);
    expect(central.store.contents().outbox.map(({ state }) => state)).toEqual(['succeeded']);
  });

  test('process - one that crashes again and again is stopped, its lane waits, and the others go on', () => {
    const { w, central, ship } = scene();
    w.faultPoint = (node, { process }) => {
      if (node === ship && process === 'subscriber central cliCommand') throw new Error('poison');
    };
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'ping')]);
    w.runUntil(w.now + 120_000);
    expect(w.warnings.filter((text) => text.includes('began anew'))).toHaveLength(5);
    expect(w.warnings.filter((text) => text.includes('is stopped'))).toHaveLength(1);
    w.submit(central, [draft('ship1', 'ping')]);
    w.runUntil(w.now + 5_000);
    const states = central.store.contents().outbox.map(({ lane, state }) => `${lane} ${state}`);
    expect(states).toEqual(['cliCommand queued', 'ping succeeded', 'ping succeeded']);
  });
});
