// What the simulated methods give back, and how long they take. What a command prints follows from its message alone.
import type { MethodKinds } from '../../src/flow/options.ts';
import type { RunRequest, RunResult } from '../../src/methods/run.ts';
import type { Message } from '../../src/model/message.ts';
import type { MethodName } from '../../src/model/method-name.ts';
import type { Dice } from './dice.ts';

export const emptyBytes = new Uint8Array();

const kinds = {
  cliCommand: 'process',
  cliCommandCont: 'process',
  tailFile: 'process',
  syslog: 'process',
  copySrc: 'process',
  copyDst: 'turn',
  httpGet: 'process',
  httpPost: 'process',
  own: 'process',
  ping: 'inline',
  opCancel: 'order',
  opQueue: 'inline',
  opMethods: 'inline',
  opStartup: 'inline',
  opProcessList: 'inline',
  opProcessStart: 'inline',
  opProcessStop: 'inline',
  opSchedule: 'inline',
  pong: 'file',
  hello: 'file',
  console: 'turn',
  file: 'file',
  fileAppend: 'file',
  output: 'file',
  errorLog: 'file',
  none: 'inline',
} as const satisfies Record<MethodName, string>;

export const simulatedMethods: MethodKinds = {
  kindOf: (method) => kinds[method],
  runInline: ({ message }) => succeeded(message.method === 'ping' ? Buffer.from('pong\n') : emptyBytes),
};

export function succeeded(stdout: Uint8Array, stderr: Uint8Array = emptyBytes): RunResult {
  return {
    outcome: { state: 'succeeded', exitCode: 0, stdoutBytes: stdout.length, stderrBytes: stderr.length, durationMs: 1 },
    stdout,
    stderr,
  };
}

export function failed(reason: string, state: 'failed' | 'timedOut' = 'failed', retry?: string): RunResult {
  return {
    outcome: { state, stdoutBytes: 0, stderrBytes: 0, reason },
    stdout: emptyBytes,
    stderr: emptyBytes,
    ...(retry === undefined ? {} : { retry }),
  };
}

/** What a command prints on standard output, or with "!" on standard error. */
export function linesOf({ id, args }: Pick<Message, 'id' | 'args'>, mark: '/' | '!'): readonly string[] {
  const count = mark === '/' ? Number(args[1] ?? 1) : Number(args[2] ?? 0);
  return Array.from({ length: count }, (_none, index) => `${id}${mark}${index}\n`);
}

/**
 * The arguments of a simulated command: what it does, how many lines it prints, and how many on standard error. What is `flaky` fails
 * every other time, as the dice fall.
 */
export function outputOf(message: Pick<Message, 'id' | 'args'>, dice?: Dice): RunResult {
  const { args } = message;
  const lines = (mark: '/' | '!'): Buffer => Buffer.from(linesOf(message, mark).join(''));
  const result = succeeded(lines('/'), lines('!'));
  const fails = args[0] === 'fail' || (args[0] === 'flaky' && dice?.chance(0.5) === true);
  return fails ? { ...result, outcome: { ...result.outcome, state: 'failed', exitCode: 3 } } : result;
}

/** A command that hangs ends by its timeout; without one, after ten minutes: somebody has killed it by hand. */
const hangMs = 600_000;
const slowMs = 12_000;

export function planOf(
  run: RunRequest,
  how: { readonly usualMs: number; readonly dice: Dice },
): { readonly durationMs: number; readonly kind?: 'slow' | 'hang' } {
  const [what] = run.message.args;
  if (what === 'hang') return { durationMs: hangMs, kind: 'hang' };
  if (what === 'slow') return { durationMs: 500 + how.dice.next() * slowMs, kind: 'slow' };
  return { durationMs: 0.1 + how.dice.next() ** 2 * how.usualMs };
}
