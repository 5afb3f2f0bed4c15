// Arguments that were found to end a node, to block it, or to mean something else than they say (campaign-any-arguments.test.ts).
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { createMethods } from '../../src/methods/create-methods.ts';
import type { Prepared } from '../../src/methods/files/appends.ts';
import type { RunRequest } from '../../src/methods/run.ts';
import { packErrors } from '../../src/model/error-batch.ts';
import { newRequest } from '../unit/methods/new-request.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-arguments-')));
const methods = createMethods({
  nodeName: 'central',
  configFolder: '/nowhere',
  groups: [],
  version: '0.0.0',
  dataFolder: join(base, 'data'),
  storeFolder: base,
  workFolder: base,
  env: process.env,
  clock: systemClock,
  timers: systemTimers,
  stdout: () => Promise.resolve(),
  stderr: () => Promise.resolve(),
  pid: process.pid,
  askNode: () => Promise.reject(new Error('nobody asks')),
  askOther: () => Promise.reject(new Error('nobody asks')),
});

afterAll(async () => {
  await methods.close();
  rmSync(base, { recursive: true, force: true });
});

test.each([
  ['a zero byte', 'nobody\0'],
  ['an option of getent, which would name all users', '-sfiles'],
  ['the end of its options', '--'],
  ['nothing', ''],
])('cliCommand - a user that is %s is no user, and nothing is run', async (_what, user) => {
  const request = newRequest({ method: 'cliCommand', args: ['true'], settings: { user } });
  const { outcome } = await methods.run(request, { signal: new AbortController().signal });
  expect(outcome).toMatchObject({
    state: 'failed',
    reason: `there is no user ${JSON.stringify(user)} on this node`,
  });
});

// Whoever reads /proc/kmsg to its end waits for the kernel's next line, in a thread that nobody can call back.
test.each(['/proc/cpuinfo', '/proc/kmsg'])(
  'tailFile - of %s, which has no length, nothing is read, and it ends when it is to',
  async (path) => {
    const request = newRequest({ method: 'tailFile', args: [path, 'from=start'], methodTimeoutMs: 300 });
    let bytes = 0;
    const { outcome } = await methods.run(request, {
      signal: new AbortController().signal,
      onOutput(parts) {
        for (const { stdout } of parts) bytes += stdout.length;
        return Promise.resolve('go on' as const);
      },
    });
    const followed = 'followed until its method timeout';
    // Where this user may not open it, it was not followed.
    const reason = path === '/proc/kmsg' && outcome.state === 'failed' ? 'this user may not use /proc/kmsg' : followed;
    expect(outcome.reason).toBe(reason);
    expect(bytes).toBe(0);
  },
);

test('files - two messages in two lanes with one id let go of both their files', async () => {
  const errors = packErrors([
    { kind: 'k', code: 'code', lane: null, id: null, text: 'text', hint: null, count: 1, firstAt: 0, lastAt: 0 },
  ]);
  const errorLog = newRequest({ method: 'errorLog', id: 'same' }, errors);
  const append = newRequest({ method: 'fileAppend', id: 'same', fileName: 'same' }, Buffer.from('line\n'));
  const marked = await Promise.all([errorLog, append].map(prepared));
  for (const request of marked) expect(await methods.runBatch([request])).toMatchObject([succeeded]);
  expect(readFileSync(join(base, 'data', 'ship1', 'same'), 'utf8')).toBe('line\n');
  // Nobody else could write to them.
  for (const request of [newRequest({ ...errorLog.message, id: 'next' }, errors), append])
    expect(await methods.runBatch([await prepared(request)])).toMatchObject([succeeded]);
});

test('files - a run of a batch whose files are let go meanwhile does not wait for the others of its batch', async () => {
  const requests = ['first', 'second'].map((id) => newRequest({ id, fileName: 'shared' }, Buffer.from(`${id}\n`)));
  const found = await methods.prepare(requests);
  // As the end of another message of this id does.
  methods.release('ship1/first');
  const marked = requests.map((request, index) => ({ ...request, ...markOf(found[index]) }));
  expect(await methods.runBatch(marked)).toMatchObject([succeeded, succeeded]);
  expect(readFileSync(join(base, 'data', 'ship1', 'shared'), 'utf8')).toBe('first\nsecond\n');
});

test('errorLog - one that has its place, and is no list of errors to this version, fails', async () => {
  const request = newRequest({ method: 'errorLog', id: 'old' }, Buffer.from('of another version'));
  const results = await methods.runBatch([{ ...request, mark: { stdout: 0, stderr: 0 } }]);
  expect(results).toMatchObject([{ outcome: { state: 'failed', reason: 'its data is no list of errors' } }]);
});

const succeeded = { outcome: { state: 'succeeded' } };

async function prepared(request: RunRequest): Promise<RunRequest> {
  return { ...request, ...markOf((await methods.prepare([request]))[0]) };
}

function markOf(found: Prepared | undefined): Pick<RunRequest, 'mark'> {
  if (found === undefined || !('mark' in found)) throw new Error('no mark');
  return found;
}
