// steward run --cached: the last known answer, from what the node keeps.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';

const pair = usePair();

test('cached - the newest answer to the same command, with its age, while its node is away', async () => {
  const { central, ship } = pair;
  const file = ship.path('reading');
  const ask = (...more: readonly string[]): ReturnType<typeof central.steward> =>
    central.steward('run', ...more, 'ship1', '--', 'cat', file);
  expect(await ask('--cached')).toMatchObject({ status: 1, out: '', err: 'ship1: no answer is known\n' });
  for (const reading of ['old', 'new']) {
    writeFileSync(file, `${reading}\n`);
    expect((await ask(...(reading === 'old' ? ['--ordered'] : []))).status).toBe(0);
  }
  // What failed, or was another command, is no answer to this one.
  expect((await central.steward('run', 'ship1', '--', 'sh', '-c', `cat ${file}; exit 1`)).status).toBe(1);
  expect((await central.steward('run', '--stream', 'ship1', '--', 'cat', file)).status).toBe(0);
  const sent = (await central.client.counts()).counts;
  await ship.stop();
  const known = await ask('--cached');
  expect(known).toMatchObject({ status: 0, err: '' });
  expect(known.out).toMatch(/^== ship1: [\d.]+ (ms|s) ago, by [0-9a-z]{20}\nnew\n$/);
  const json = JSON.parse((await ask('--cached', '--json')).out) as Record<string, unknown>;
  expect(json).toMatchObject({ node: 'ship1', known: true, state: 'succeeded', exitCode: 0, stdout: 'new\n' });
  expect(json['ageMs']).toBeGreaterThan(0);
  expect(await ask('--cached', '--max-age', '1h')).toMatchObject({ status: 0 });
  const old = await ask('--cached', '--max-age', '1ms');
  expect([old.status, old.out]).toEqual([1, '']);
  expect(old.err).toMatch(/^ship1: no answer younger than that: the last one is /);
  const none = await central.steward('run', '--cached', '--json', '--env', 'A=b', 'ship1', '--', 'cat', file);
  expect([none.status, JSON.parse(none.out)]).toEqual([1, { node: 'ship1', known: false }]);
  const both = await central.steward('run', '--cached', 'central,ship1', '--', 'cat', file);
  expect([both.status, both.err]).toEqual([1, 'central: no answer is known\n']);
  expect(both.out).toContain('\nnew\n');
  // Nothing was sent for any of it.
  expect((await central.client.counts()).counts).toEqual(sent);
  await ship.startLinked();
});

test('cached - settings and standard input belong to the question', async () => {
  const { central } = pair;
  const input = central.path('input');
  const ask = (...more: readonly string[]): ReturnType<typeof central.steward> =>
    central.steward('run', ...more, '--env', 'B=1', '--stdin', input, 'ship1', '--', 'sh', '-c', 'cat; echo $B');
  for (const size of [10, 100_000]) {
    writeFileSync(input, `${'x'.repeat(size)}\n`);
    expect((await ask('--cached')).status).toBe(1);
    expect((await ask()).status).toBe(0);
    expect((await ask('--cached')).out).toContain(`\n${'x'.repeat(size)}\n1\n`);
  }
  expect(await central.steward('run', '--max-age', '1h', 'ship1', '--', 'true')).toMatchObject({ status: 2 });
  expect(await central.steward('run', '--cached', '--stream', 'ship1', '--', 'true')).toMatchObject({ status: 2 });
});
