// The method `syslog`: brings what the journal gets, or what comes on a socket of datagrams, as it comes.
//
// From: run-process.ts. To: follow-journal.ts, listen-socket.ts.
// 1. It ends by its time, a cancel, or a source that cannot be read. A stop of its node interrupts it: the next life goes on.
import { readSyslogArgs } from '../../model/syslog-args.ts';
import type { Command, CommandRunner } from '../command/command-runner.ts';
import { RunStop, type OnOutput, type ProcessIdentity, type RunRequest, type RunResult } from '../run.ts';
import { startSpan } from '../span.ts';
import { longResult } from '../long-result.ts';
import { followJournal } from './follow-journal.ts';
import { Handed } from './handed.ts';
import { listenOnSocket } from './listen-socket.ts';
import type { SyslogContext } from './syslog-context.ts';

export interface SyslogOptions extends Omit<SyslogContext, 'followed' | 'handed' | 'run'> {
  readonly commands: Pick<CommandRunner, 'run'>;
  readonly onSpawned?: (process: ProcessIdentity) => void;
  readonly onOutput: OnOutput;
}

const usualLimit = 64 * 1024;

export async function runSyslog({ key, message, followed }: RunRequest, options: SyslogOptions): Promise<RunResult> {
  const { clock, timers, commands, workFolder } = options;
  const span = startSpan(clock);
  const wish = readSyslogArgs(message.args);
  if ('problem' in wish) return longResult({ state: 'failed', reason: wish.problem.message }, { span: span() });
  const timeUp = new AbortController();
  const cancel =
    message.methodTimeoutMs < 0
      ? () => undefined
      : timers.after(message.methodTimeoutMs, () => timeUp.abort(new RunStop('its time is over', true)));
  const signal = AbortSignal.any([options.signal, timeUp.signal]);
  const run = (args: readonly string[], onOutput: Command['onOutput'], outputLimit = usualLimit): Promise<RunResult> =>
    commands.run({
      key,
      args,
      cwd: workFolder,
      stdin: new Uint8Array(0),
      timeoutMs: -1,
      outputLimit,
      onSpawned: options.onSpawned ?? (() => undefined),
      signal,
      ...(onOutput === undefined ? {} : { onOutput }),
    });
  const handed = new Handed(options.onOutput);
  const context = { ...options, signal, followed, handed, run };
  try {
    const end = await (wish.source === 'journal' ? followJournal(wish, context) : listenOnSocket(wish, context));
    const of = { span: span(), streamed: handed.sent, signal: options.signal };
    if (options.signal.aborted)
      return longResult({ state: 'failed', reason: (options.signal.reason as RunStop).reason }, of);
    return longResult(
      timeUp.signal.aborted ? { state: 'succeeded', reason: 'followed until its method timeout' } : end,
      of,
    );
  } finally {
    cancel();
  }
}
