// Files that a node keeps for one message each: made, shared, and removed by hours of being up.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Inputs } from '../../../src/methods/input/inputs.ts';
import { ageInputs } from '../../../src/node/take-inputs.ts';
import { describeError } from '../../../src/model/error.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { waitFor } from '../../support/wait-for.ts';

const hourMs = 3_600_000;
const id = (number: number): string => `0123456789abcdefgh${String(number).padStart(2, '0')}`;
const key = (number: number): { from: string; id: string } => ({ from: 'central', id: id(number) });
let base = '';
let inputs = new Inputs({ dataFolder: base });

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-inputs-')));
  inputs = new Inputs({ dataFolder: base });
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

const said = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', describeError);
const textOf = (number: number): string => readFileSync(inputs.pathOf(key(number)), 'utf8');

test('inputs - pieces go behind each other, and nowhere else', async () => {
  expect(await inputs.add(key(1), { at: 0, bytes: Buffer.from('one,') })).toBe(4);
  expect(await inputs.add(key(1), { at: 4, bytes: Buffer.from('two') })).toBe(7);
  expect(textOf(1)).toBe('one,two');
  expect(await said(inputs.add(key(1), { at: 9, bytes: Buffer.from('x') }))).toContain('has 7 bytes, and not 9');
  expect(await said(inputs.add(key(1), { at: 0, bytes: Buffer.from('x') }))).not.toBe('done');
  expect(await said(inputs.add(key(2), { at: 3, bytes: Buffer.from('x') }))).toContain('there is no input');
  expect(await said(inputs.keep(key(3), { as: [], expiresMs: 1 }))).toContain('there is no input');
  expect(textOf(1)).toBe('one,two');
});

test('inputs - the same under other names, each of which goes by itself', async () => {
  await inputs.add(key(1), { at: 0, bytes: Buffer.from('shared') });
  await inputs.keep(key(1), { as: [id(2), id(3)], expiresMs: hourMs });
  await inputs.drop(key(1));
  expect([existsSync(inputs.pathOf(key(1))), textOf(2), textOf(3)]).toEqual([false, 'shared', 'shared']);
  await inputs.drop({ ...key(2), from: 'another' });
  expect(textOf(2)).toBe('shared');
});

test('inputs - what is not kept goes within hours, what is kept when its message has expired, and a week', async () => {
  await inputs.add(key(1), { at: 0, bytes: Buffer.from('left') });
  await inputs.add(key(2), { at: 0, bytes: Buffer.from('kept') });
  await inputs.keep(key(2), { as: [], expiresMs: 24 * hourMs });
  await inputs.tidy();
  expect([existsSync(inputs.pathOf(key(1))), textOf(2)]).toEqual([true, 'kept']);
  await inputs.tidy();
  expect([existsSync(inputs.pathOf(key(1))), textOf(2)]).toEqual([false, 'kept']);
  for (let hour = 3; hour < 8 * 24; hour += 1) await inputs.tidy();
  expect(textOf(2)).toBe('kept');
  await inputs.tidy();
  expect(existsSync(inputs.pathOf(key(2)))).toBe(false);
});

test('inputs - an hour passes by itself, again and again, and what says no age is taken as not kept', async () => {
  await inputs.expect(key(1));
  const folder = join(inputs.pathOf(key(1)), '..');
  const hours = (): string => readFileSync(join(folder, 'hours'), 'utf8');
  rmSync(join(folder, 'hours'));
  const time = new ManualTime();
  const stop = ageInputs(inputs, time);
  time.advance(hourMs);
  await waitFor('an hour to be counted', () => hours() === '1');
  await waitFor('it to go', () => {
    time.advance(hourMs);
    return !existsSync(folder);
  });
  stop();
});

test('inputs - one whose age cannot be read stays rather too long, and holds up no other', async () => {
  for (const number of [1, 2, 3]) await inputs.add(key(number), { at: 0, bytes: Buffer.from('kept') });
  const hours = (number: number): string => join(inputs.pathOf(key(number)), '..', 'hours');
  writeFileSync(hours(1), '');
  rmSync(hours(2));
  mkdirSync(hours(2));
  await inputs.tidy();
  expect(readFileSync(hours(1), 'utf8')).toBe(String(7 * 24 - 1));
  expect([textOf(2), readFileSync(hours(3), 'utf8')]).toEqual(['kept', '1']);
});

test('inputs - of one sender there are at most so many', async () => {
  for (let number = 0; number < 1000; number += 1)
    await inputs.expect({ from: 'central', id: `0123456789abcdefg${String(number).padStart(3, '0')}` });
  expect(await said(inputs.expect({ from: 'central', id: '0123456789abcdef9999' }))).toContain(
    'keeps 1000 files of central',
  );
  expect(await said(inputs.expect({ from: 'ship1', id: '0123456789abcdef9999' }))).toBe('done');
  expect(await said(inputs.expect({ from: 'central', id: '0123456789abcdefg000' }))).toBe('done');
});
