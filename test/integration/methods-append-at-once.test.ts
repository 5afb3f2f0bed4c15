// A place in a file that is chosen without a look: only where this node was the last to append, and never to the harm of what others wrote.
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { type Methods, createMethods } from '../../src/methods/create-methods.ts';
import type { RunRequest } from '../../src/methods/run.ts';
import type { Message } from '../../src/model/message.ts';
import { newRequest } from '../unit/methods/new-request.ts';

let base = '';
let methods: Methods;
let count = 0;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-at-once-')));
  methods = createMethods({
    nodeName: 'central',
    dataFolder: join(base, 'data'),
    workFolder: base,
    env: {},
    clock: systemClock,
    timers: systemTimers,
    stdout: () => Promise.resolve(),
    stderr: () => Promise.resolve(),
    pid: process.pid,
  });
});

afterEach(async () => {
  await methods.close();
  rmSync(base, { recursive: true, force: true });
});

const file = (): string => join(base, 'data/ship1/answers');

function append(text: string, more: Partial<Message> = {}): RunRequest {
  count += 1;
  return newRequest({ id: `m${count}`, fileName: 'answers', ...more }, Buffer.from(text));
}

/** Appends the way that looks first. */
async function appendSlowly(text: string): Promise<void> {
  const request = append(text);
  const [prepared] = await methods.prepare([request]);
  if (prepared === undefined || !('mark' in prepared)) throw new Error('not prepared');
  const [result] = await methods.runBatch([{ ...request, mark: prepared.mark }]);
  expect(result?.outcome.state).toBe('succeeded');
}

function marked(requests: readonly RunRequest[]): readonly RunRequest[] {
  const marks = methods.markNow(requests);
  if (marks === undefined) throw new Error('the place is not known');
  return requests.map((request, index) => ({ ...request, mark: marks[index] ?? { stdout: -1, stderr: -1 } }));
}

test('fileAppend - the place is known of a file that this node was the last to append to', async () => {
  expect(methods.markNow([append('a')])).toBeUndefined();
  await appendSlowly('one\n');
  const runs = marked([append('two\n'), append('three\n')]);
  expect(runs.map(({ mark }) => mark)).toEqual([
    { stdout: 4, stderr: 0 },
    { stdout: 8, stderr: 0 },
  ]);
  expect((await methods.runBatch(runs)).map(({ outcome }) => outcome.state)).toEqual(['succeeded', 'succeeded']);
  expect((await methods.runBatch(marked([append('four\n')])))[0]?.outcome.state).toBe('succeeded');
  expect(readFileSync(file(), 'utf8')).toBe('one\ntwo\nthree\nfour\n');
});

test('fileAppend - the place is not known of two files at once, of one that another run holds, and beside errors', async () => {
  await appendSlowly('one\n');
  expect(methods.markNow([append('two\n'), append('x', { fileName: 'others' })])).toBeUndefined();
  const withErrors = append('two\nbad\n', {
    replyTo: { id: 'r', method: 'cliCommand', outcome: { state: 'succeeded', stdoutBytes: 4, stderrBytes: 4 } },
  });
  expect(methods.markNow([withErrors])).toBeUndefined();
  const held = marked([append('two\n')]);
  expect(methods.markNow([append('three\n')])).toBeUndefined();
  await methods.runBatch(held);
  expect(methods.markNow([append('three\n')])).toEqual([{ stdout: 8, stderr: 0 }]);
});

const changes: readonly (readonly [what: string, change: () => void, then: string])[] = [
  ['appended to by somebody else', () => appendFileSync(file(), 'a note\n'), 'one\na note\ntwo\n'],
  ['rotated', () => renameSync(file(), `${file()}.1`), 'two\n'],
  ['emptied', () => writeFileSync(file(), ''), 'two\n'],
  ['replaced by a link to a longer file', linkToLonger, 'something longer\ntwo\n'],
];

function linkToLonger(): void {
  rmSync(file());
  writeFileSync(join(base, 'data/ship1/longer'), 'something longer\n');
  symlinkSync('longer', file());
}

test.each(changes)(
  'fileAppend - of a file that was %s nothing is written before it is looked at',
  async (_what, change, then) => {
    await appendSlowly('one\n');
    const runs = marked([append('two\n')]);
    change();
    const before = readIfThere();
    expect(await methods.runBatch(runs)).toMatchObject([{ moved: true }]);
    expect(readIfThere() ?? '').toBe(before ?? '');
    expect(methods.markNow([append('x')])).toBeUndefined();
    await appendSlowly('two\n');
    expect(readFileSync(file(), 'utf8')).toBe(then);
  },
);

function readIfThere(): string | undefined {
  try {
    return readFileSync(file(), 'utf8');
  } catch {
    // Rotated away.
    return undefined;
  }
}

test('fileAppend - of a run that is refused the place is not known', async () => {
  await appendSlowly('one\n');
  const outcome = { state: 'succeeded', stdoutBytes: 99, stderrBytes: 0 } as const;
  expect(methods.markNow([append('two\n', { replyTo: { id: 'r', method: 'cliCommand', outcome } })])).toBeUndefined();
  expect(methods.markNow([append('two\n', { directory: '../..' })])).toBeUndefined();
});
