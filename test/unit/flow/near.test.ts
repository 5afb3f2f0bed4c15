// Small frames to a node near by are not packed; those that go far are.
import { expect, test } from 'vitest';
import { calm, up, worldOf } from '../../support/chain.ts';
import { draft } from '../../support/simulated-world.ts';

/** What leaves either node after a first exchange, over a way of so many ms: its size, and whether it is packed (docs/protocol.md, codec). */
function framesOver(delayMs: number, bodySize: number): readonly { readonly size: number; readonly packed: boolean }[] {
  const { w, nodes } = worldOf({ faults: { ...calm, delayMs, methodMs: 1 } }, 'central', 'ship1');
  const [central] = nodes;
  up(w, nodes);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 2_000);
  const frames: { size: number; packed: boolean }[] = [];
  w.tap = (_subject, bytes) => frames.push({ size: bytes.length, packed: bytes[2] === 1 });
  const body = Buffer.alloc(bodySize, 'a line of a log\n');
  w.submit(central, [{ ...draft('ship1', 'fileAppend', { bodySize }), body }]);
  w.runUntil(w.now + 4_000);
  w.tap = undefined;
  expect(central.store.contents().outbox.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  return frames;
}

test('near - over a short way small frames are not packed', () => {
  expect(framesOver(0, 10).some(({ packed }) => packed)).toBe(false);
});

test('near - over a long way small frames are packed', () => {
  const frames = framesOver(60, 10);
  expect(frames.length).toBeGreaterThan(2);
  expect(frames.every(({ packed }) => packed)).toBe(true);
});

test('near - what is large is packed however short the way is', () => {
  const frames = framesOver(0, 10_000);
  expect(frames.filter(({ packed }) => packed).length).toBe(1);
  expect(Math.max(...frames.map(({ size }) => size))).toBeLessThan(1_500);
});

test('near - a long way stays one, however its answers come', () => {
  const { w, nodes } = worldOf({ faults: { ...calm, delayMs: 300, methodMs: 500 } }, 'central', 'ship1');
  const [central] = nodes;
  up(w, nodes);
  w.runUntil(3_000);
  // The word that something runs comes unasked, and ACKs of what left earlier come just when more has left.
  for (let index = 0; index < 100; index += 1) {
    w.submit(central, [draft('ship1', 'cliCommand', { unordered: true })]);
    w.submit(
      central,
      Array.from({ length: 20 }, () => draft('ship1', 'fileAppend')),
    );
    w.runUntil(w.now + 29);
  }
  w.runUntil(w.now + 5_000);
  let raw = 0;
  w.tap = (_subject, bytes) => {
    if (bytes[2] !== 1) raw += 1;
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 5_000);
  expect(raw).toBe(0);
});
