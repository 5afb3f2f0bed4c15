// What the node answers itself: a method of kind `node`, as one line of JSON, or failed with the words of its error.
import type { RunResult } from '../methods/run.ts';
import { describeError } from '../model/error.ts';

/** Never rejects. */
export async function answerOf(work: () => Promise<object>): Promise<RunResult> {
  try {
    const stdout = Buffer.from(`${JSON.stringify(await work())}\n`);
    const outcome = { state: 'succeeded', stdoutBytes: stdout.length, stderrBytes: 0 } as const;
    return { outcome, stdout, stderr: new Uint8Array() };
  } catch (error) {
    const reason = describeError(error);
    return {
      outcome: { state: 'failed', stdoutBytes: 0, stderrBytes: 0, reason },
      stdout: new Uint8Array(),
      stderr: new Uint8Array(),
    };
  }
}
