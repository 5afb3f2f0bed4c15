// The end of a copy that gets the files, without nodes.
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { runCopyTarget } from '../../../../src/methods/copy/copy-target.ts';
import type { Entry, FileEntry, Looked } from '../../../../src/methods/copy/copy-words.ts';
import { partPath } from '../../../../src/methods/copy/part-file.ts';
import { RunStop, type RunResult } from '../../../../src/methods/run.ts';
import { newRequest } from '../new-request.ts';

let base: string;
const content = 'abcdef';
const file: FileEntry = {
  kind: 'file',
  path: 'one',
  size: content.length,
  sum: createHash('sha256').update(content).digest('hex'),
  mode: 0o644,
  modified: 1_600_000_000_000,
};

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-copy-target-')));
});
afterEach(() => rmSync(base, { recursive: true }));

function run(args: readonly string[], body: string, { signal } = new AbortController()): Promise<RunResult> {
  const request = newRequest({ method: 'copyDst', args }, Buffer.from(body));
  const inputs = { expect: () => Promise.resolve(join(base, 'input')) };
  return runCopyTarget(request, { workFolder: base, inputs, clock: systemClock, signal });
}

const look = (entries: readonly Entry[], stop?: AbortController): Promise<RunResult> =>
  run(['look'], JSON.stringify({ target: base, name: '', isFile: false, entries }), stop);
const looked = ({ stdout }: RunResult): Looked => JSON.parse(Buffer.from(stdout).toString()) as Looked;

test('copy target - what a stop of the node interrupts goes on in the next life', async () => {
  const stop = new AbortController();
  stop.abort(new RunStop('node stopped'));
  const last = JSON.stringify({ root: base, file, at: 0 });
  expect(await run(['write', last], content, stop)).toMatchObject({ retry: 'node stopped' });
  expect(await run(['write', last], content)).toMatchObject({ outcome: { state: 'succeeded' } });
  expect(readFileSync(join(base, 'one'), 'utf8')).toBe(content);
  // It has not looked at all of the file: what it would say is not true.
  expect(await look([file], stop)).toMatchObject({ retry: 'node stopped' });
  expect(looked(await look([file])).standings).toEqual(['whole']);
});

test('copy target - a file that is whole leaves no part of an earlier copy behind', async () => {
  writeFileSync(partPath(join(base, 'one'), file.sum), 'abc');
  expect(looked(await look([file])).standings).toEqual([3]);
  writeFileSync(join(base, 'one'), content);
  expect(looked(await look([file])).standings).toEqual(['whole']);
  expect(readdirSync(base)).toEqual(['one']);
});

test('copy target - a link may have as long a name as any file', async () => {
  const path = 'ä'.repeat(125);
  expect(looked(await look([{ kind: 'link', path, target: 'nowhere' }])).standings).toEqual(['whole']);
  expect([readdirSync(base), readlinkSync(join(base, path))]).toEqual([[path], 'nowhere']);
});

test('copy target - what lies in a folder that nobody may write to can be copied', async () => {
  const folder: Entry = { kind: 'folder', path: 'fixed', mode: 0o550 };
  expect(looked(await look([folder])).standings).toEqual(['whole']);
  expect(statSync(join(base, 'fixed')).mode & 0o777).toBe(0o750);
});

test('copy target - what has no room on the disk is told before anything is sent, and the rest goes on', async () => {
  const large = { ...file, path: 'large', size: 2 ** 52 };
  const { standings } = looked(await look([large, file]));
  expect(standings).toEqual([{ problem: expect.stringMatching(/^no room: 4503599627370496 bytes are wanted/) }, 0]);
  expect(readdirSync(base)).toEqual([]);
});
