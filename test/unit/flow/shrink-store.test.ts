import { expect, test } from 'vitest';
import { Acknowledgements } from '../../../src/flow/acknowledge.ts';
import { Context } from '../../../src/flow/context.ts';
import { InboxRoom } from '../../../src/flow/inbox-room.ts';
import { noLimits } from '../../../src/flow/limits.ts';
import { Bodies } from '../../../src/flow/receive-body.ts';
import { Retention } from '../../../src/flow/retain.ts';
import type { Space } from '../../../src/model/store-op.ts';
import { digestSeals, openPolicy } from '../../../src/security/seal.ts';

const mb = 1_000_000;

/** Lets retention look once, over a store that answers so; answers how often it gave pages back. */
function shrinks(space: (given: number) => Space): number {
  const context = new Context({
    node: 'central',
    central: 'central',
    version: 'test',
    boot: 'boot',
    random: { next: () => 0.5, bytes: (count) => new Uint8Array(count) },
    wall: () => 0,
    monotonic: () => 0,
    seals: digestSeals,
    policy: openPolicy,
    methods: { kindOf: () => 'inline', runInline: () => expect.unreachable() },
    newId: () => '',
    maxRunning: 1,
    limits: noLimits,
    retention: { keepMs: null, databaseBytes: 100 * mb },
  });
  context.ready = true;
  const retention = new Retention(
    context,
    new Bodies(context, new Acknowledgements(context, new Map(), new InboxRoom(context))),
  );
  let given = 0;
  for (let step = 0; step < 1_000; step += 1) {
    retention.look();
    const effects = context.takeEffects();
    if (effects.length === 0) return given;
    for (const effect of effects) {
      if (effect.type === 'commit' && effect.ops.some(({ op }) => op === 'shrink')) given += 1;
      if (effect.type === 'commit') context.resume({ type: 'done', token: effect.token, result: undefined });
      else if (effect.type === 'query') context.resume({ type: 'done', token: effect.token, result: space(given) });
    }
  }
  return Infinity;
}

test('shrink - pages are given back until little of the file is free', () => {
  expect(shrinks((given) => ({ used: 30 * mb, file: Math.max(30, 60 - given) * mb }))).toBe(20);
});

test('shrink - what is free in a small file, or is a small part of it, stays for what comes next', () => {
  expect(shrinks(() => ({ used: 0.5 * mb, file: 1.5 * mb }))).toBe(0);
  expect(shrinks(() => ({ used: 50 * mb, file: 60 * mb }))).toBe(0);
});

test('shrink - a file that is longer than the quota, where what is used is not, comes below it', () => {
  expect(shrinks((given) => ({ used: 74 * mb, file: (130 - given) * mb }))).toBeGreaterThan(30);
});

test('shrink - a file that does not become shorter is left alone', () => {
  expect(shrinks(() => ({ used: 30 * mb, file: 60 * mb }))).toBe(1);
});
