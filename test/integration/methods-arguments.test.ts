// Arguments that were found to end a node, to block it, or to mean something else than they say (campaign-any-arguments.test.ts).
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { createMethods } from '../../src/methods/create-methods.ts';
import { newRequest } from '../unit/methods/new-request.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-arguments-')));
const methods = createMethods({
  nodeName: 'central',
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
        return Promise.resolve(true);
      },
    });
    const followed = 'followed until its method timeout';
    // Where this user may not open it, it was not followed.
    const reason = path === '/proc/kmsg' && outcome.state === 'failed' ? 'this user may not use /proc/kmsg' : followed;
    expect(outcome.reason).toBe(reason);
    expect(bytes).toBe(0);
  },
);
