// The end of a copy that has the files, without nodes.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCopySource } from '../../../../src/methods/copy/copy-source.ts';
import type { AskOther } from '../../../../src/methods/copy/ask-target.ts';
import { partBytes, RunStop, type OnOutput, type RunResult } from '../../../../src/methods/run.ts';
import { ManualTime } from '../../../support/manual-time.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { newRequest } from '../new-request.ts';

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-copy-source-')));
});
afterEach(() => rmSync(base, { recursive: true }));

function run(
  args: readonly string[],
  of: { askOther: AskOther; time?: ManualTime; onOutput?: OnOutput; signal?: AbortSignal },
): Promise<RunResult> {
  const { askOther, time = new ManualTime(), signal = new AbortController().signal } = of;
  const { onOutput = () => Promise.resolve('go on' as const) } = of;
  const request = newRequest({ method: 'copySrc', args, methodTimeoutMs: -1 });
  const inputs = { pathOf: () => join(base, 'input') };
  return runCopySource(request, { workFolder: base, inputs, clock: time, timers: time, signal, onOutput, askOther });
}

/** Answers when the copy ends. */
const nobody =
  (asked: () => void): AskOther =>
  (_draft, signal) => {
    asked();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('nobody answers')));
    });
  };

test('copy source - what it tells of its way waits for no more room than any output', async () => {
  writeFileSync(join(base, 'one'), 'one');
  const time = new ManualTime();
  const stop = new AbortController();
  let isAsked = false;
  let bytes = 0;
  const askOther = nobody(() => (isAsked = true));
  const onOutput: OnOutput = (parts) => {
    for (const { stdout } of parts) bytes += stdout.length;
    return Promise.resolve('full');
  };
  const copy = run(['one', 'ship2', '/x', 'tell=1'], { askOther, time, onOutput, signal: stop.signal });
  await waitFor('a question', () => isAsked);
  // Neither end is there for some hours.
  for (let second = 0; second < 10_000; second += 1) {
    time.advance(1_000);
    if (second % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort(new RunStop('cancelled', true));
  expect(await copy).toMatchObject({ outcome: { state: 'failed', reason: 'cancelled' } });
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(12 * partBytes);
});

test('copy source - a file that has more in it than its length says is told, and not copied empty', async () => {
  let asked = 0;
  const askOther: AskOther = () => {
    asked += 1;
    return Promise.resolve({
      state: 'succeeded',
      reason: undefined,
      stdout: Buffer.from('{"root":"/x","standings":[]}'),
    });
  };
  const { outcome } = await run(['/proc/self/status', 'ship2', '/x'], { askOther });
  expect(outcome).toMatchObject({ state: 'failed', reason: expect.stringContaining('/proc/self/status') as string });
  // Whether it is there.
  expect(asked).toBe(1);
});

test('copy source - as many pieces as may be under way give no warning', async () => {
  const count = 20;
  for (let index = 0; index < count; index += 1) writeFileSync(join(base, `f${index}`), `${index}`);
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): number => warnings.push(name);
  process.on('warning', onWarning);
  const stop = new AbortController();
  let written = 0;
  const looked = (body: Uint8Array): Awaited<ReturnType<AskOther>> => {
    const { entries } = JSON.parse(Buffer.from(body).toString()) as { readonly entries: readonly object[] };
    const standings = entries.map(() => 0);
    return { state: 'succeeded', reason: undefined, stdout: Buffer.from(JSON.stringify({ root: '/x', standings })) };
  };
  const never = nobody(() => (written += 1));
  const askOther: AskOther = (draft, signal) =>
    draft.message.args[0] === 'look' ? Promise.resolve(looked(draft.body)) : never(draft, signal);
  const copy = run([base, 'ship2', '/x'], { askOther, signal: stop.signal });
  await waitFor('the pieces', () => written === 16);
  stop.abort(new RunStop('cancelled', true));
  await copy;
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
