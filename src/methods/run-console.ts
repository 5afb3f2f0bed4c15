// The method `console`: prints what a message brings on the node's own terminal.
import type { Clock, Timers } from '../base/clock.ts';
import { bodyParts } from './files/parts.ts';
import { describeFileError } from './files/disk-error.ts';
import { failed, succeeded } from './result.ts';
import type { RunRequest, RunResult } from './run.ts';
import { startSpan } from './span.ts';

/** Resolves when the bytes are written. */
export type ConsoleWriter = (bytes: Uint8Array) => Promise<void>;

export interface ConsoleOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stdout: ConsoleWriter;
  readonly stderr: ConsoleWriter;
}

/**
 * Standard output goes to the node's standard output, or with the argument `stderr` to its standard error; standard error always
 * to the latter. A terminal that takes nothing is waited for as long as the method timeout says. Never rejects.
 */
export async function runConsole(request: RunRequest, options: ConsoleOptions): Promise<RunResult> {
  const span = startSpan(options.clock);
  const { args, methodTimeoutMs } = request.message;
  let cancel = (): void => undefined;
  try {
    const { stdout, stderr } = bodyParts(request);
    const late = new Promise<'late'>((resolve) => {
      if (methodTimeoutMs >= 0) cancel = options.timers.after(methodTimeoutMs, () => resolve('late'));
    });
    const print = async (): Promise<'printed'> => {
      if (stdout.length > 0) await (args.includes('stderr') ? options.stderr : options.stdout)(stdout);
      if (stderr.length > 0) await options.stderr(stderr);
      return 'printed';
    };
    if ((await Promise.race([print(), late])) === 'printed') return succeeded(span());
    const reason = `the console took nothing within the method timeout of ${methodTimeoutMs} ms`;
    const result = failed(span(), { reason });
    return { ...result, outcome: { ...result.outcome, state: 'timedOut' } };
  } catch (error) {
    return failed(span(), { reason: describeFileError(error).reason });
  } finally {
    cancel();
  }
}
