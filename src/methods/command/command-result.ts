// How the end of a command reads as an outcome.
import type { Outcome } from '../../model/message.ts';
import type { Span } from '../result.ts';
import type { RunResult } from '../run.ts';
import type { Command } from './command-runner.ts';

/** What became of the process. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** `code`: the system's name of the error. */
  | { readonly kind: 'notStarted'; readonly code: string; readonly detail?: string }
  /** It was killed and is there still, or is beyond our sight. */
  | { readonly kind: 'stuck' }
  /** Whoever watched it died. */
  | { readonly kind: 'lost' };

/** Why we ended it, if we did. */
export type StopCause =
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'stopped'; readonly reason: string; readonly gently?: boolean };

export interface CommandStory {
  readonly command: Command;
  readonly end: CommandEnd;
  readonly cause: StopCause | undefined;
  readonly span: Span;
  readonly output: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
}

/** The errors after which the same command may start a moment later: the machine has run out of something. */
const passing: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

export function commandResult(story: CommandStory): RunResult {
  const { end, span, output } = story;
  const outcome: Outcome = {
    ...verdict(story),
    ...exitOf(end),
    ...span,
    stdoutBytes: output.stdout.length,
    stderrBytes: output.stderr.length,
  };
  const retry = end.kind === 'notStarted' && story.cause === undefined && passing.has(end.code);
  return { outcome, ...output, ...(retry ? { retry: outcome.reason ?? end.code } : {}) };
}

function verdict({ command, end, cause }: CommandStory): Pick<Outcome, 'state' | 'reason'> {
  if (cause !== undefined) {
    const after = end.kind === 'stuck' ? ', and still there after SIGKILL' : '';
    return {
      state: cause.kind === 'timedOut' ? 'timedOut' : 'failed',
      reason: `${whyStopped(command, cause)}${after}`,
    };
  }
  if (end.kind === 'exited') return { state: end.exitCode === 0 ? 'succeeded' : 'failed' };
  if (end.kind === 'signalled') return { state: 'failed' };
  if (end.kind === 'notStarted') return { state: 'failed', reason: whyNotStarted(command, end) };
  if (end.kind === 'stuck') return { state: 'unknown', reason: 'the end of the command could not be seen' };
  return { state: 'unknown', reason: 'the process that started the command died while it ran' };
}

function whyStopped(command: Command, cause: StopCause): string {
  if (cause.kind === 'timedOut') return `no end within the method timeout of ${command.timeoutMs} ms`;
  if (cause.kind === 'tooLarge')
    return `output limit: output too large, more than ${command.outputLimit} bytes; what came before is kept`;
  return cause.reason;
}

/** A command that could not be started has the exit code that a shell would give: 127 not found, 126 not to be executed. */
function exitOf(end: CommandEnd): Pick<Outcome, 'exitCode' | 'signal'> {
  if (end.kind === 'exited') return { exitCode: end.exitCode };
  if (end.kind === 'signalled') return { signal: end.signal };
  if (end.kind !== 'notStarted' || end.detail !== undefined) return {};
  if (end.code === 'ENOENT') return { exitCode: 127 };
  if (end.code === 'EACCES') return { exitCode: 126 };
  return {};
}

/** The detail of a command whose work folder could not be entered. */
export function noFolder({ cwd }: Command, code: string): string {
  return code === 'ENOENT' ? `no such folder: ${cwd}` : `${code} at the folder ${cwd}`;
}

function whyNotStarted(command: Command, end: { readonly code: string; readonly detail?: string }): string {
  const name = JSON.stringify(command.args[0] ?? '');
  if (end.detail !== undefined) return `could not start ${name}: ${end.detail}`;
  if (end.code === 'ENOENT') return `command not found: ${name}`;
  if (end.code === 'EACCES') return `not executable: ${name}`;
  if (end.code === 'E2BIG') return `could not start ${name}: arguments and environment too long for the system`;
  return `could not start ${name}: ${end.code}`;
}
