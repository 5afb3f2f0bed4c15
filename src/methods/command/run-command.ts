// A message with a command, and the run of it: where, as whom, with what in its environment, and whether at all.
//
// Job: makes the command of a message, asks first what it has to find (`onlyIf`), and has it run. From: createMethods. To: a CommandRunner.
//
// 1. What has to be found is asked in the same folder, environment and user, by a command under the key of the run: whatever ends
//    the run ends it, too. Nothing of the command itself has begun when it says no.
// 2. Both together have the time of the method, and the output of the question is nobody's.
import { isAbsolute, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { answeredBy, type Message } from '../../model/message.ts';
import { methodEntry } from '../../model/method-name.ts';
import { failed } from '../result.ts';
import type { OnOutput, ProcessIdentity, RunRequest, RunResult } from '../run.ts';
import { openInput, type InputPlaces } from '../input/open-input.ts';
import { startSpan } from '../span.ts';
import type { Person, personOf } from './person.ts';
import type { ArmedCommand, Command, CommandRunner } from './command-runner.ts';
import type { OutlivingCommands } from './outliving-command.ts';

export interface CommandContext {
  readonly commands: CommandRunner;
  readonly outliving: Pick<OutlivingCommands, 'run' | 'resume' | 'detach'>;
  readonly personOf: typeof personOf;
  readonly workFolder: string;
  readonly inputs: InputPlaces['inputs'];
  readonly outputLimit: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onSpawned?: (process: ProcessIdentity) => void;
  readonly onOutput?: OnOutput;
}

export function commandOf({ key, message, body }: RunRequest, workFolder: string): ArmedCommand {
  const { cwd = '', env } = message.settings ?? {};
  // Of an answer, the standard output that it brings.
  const answer = answeredBy(message);
  const stdin = answer === undefined ? body : body.subarray(0, answer.outcome.stdoutBytes);
  const folder = isAbsolute(cwd) ? cwd : join(workFolder, cwd);
  return { key, args: message.args, cwd: folder, stdin, ...(env === undefined ? {} : { env }) };
}

/** Its standard input is opened first, where it is a file: nothing begins without it. */
export async function runCommand(request: RunRequest, context: CommandContext): Promise<RunResult> {
  if (request.message.stdinFile === undefined || request.resume === true) return runWith(request, context, {});
  const span = startSpan(context.clock);
  const input = await openInput(request.message, context);
  if ('problem' in input) return failed(span(), { reason: input.problem });
  try {
    return await runWith(request, context, { stdinFile: input.fd });
  } finally {
    await input.close();
  }
}

async function runWith(
  request: RunRequest,
  context: CommandContext,
  input: Pick<Command, 'stdinFile'>,
): Promise<RunResult> {
  const { commands, outliving, outputLimit, signal, onSpawned, onOutput, clock } = context;
  const { settings, methodTimeoutMs, endsNode, detach } = request.message;
  const began = clock.monotonic();
  const span = startSpan(clock);
  const plain: Command = {
    ...commandOf(request, context.workFolder),
    timeoutMs: methodTimeoutMs,
    outputLimit,
    onSpawned: onSpawned ?? (() => undefined),
    signal,
  };
  if (request.resume === true) return outliving.resume(plain);
  const person = settings?.user === undefined ? themselves : await context.personOf(settings.user);
  if ('problem' in person) {
    const { problem: reason, passing } = person;
    return failed(span(), { reason, ...(passing === undefined ? {} : { retry: reason }) });
  }
  const as = (args: readonly string[], command: Command): Command => ({
    ...command,
    args: [...person.prefix, ...args],
    ...(settings?.user === undefined ? {} : { env: { ...person.env, ...command.env } }),
  });
  const run = (command: Command): Promise<RunResult> => {
    if (detach === true) return outliving.detach(command);
    return endsNode === true ? outliving.run(command) : commands.run(command);
  };
  const streams = onOutput === undefined ? {} : waysOf(request.message, onOutput);
  if (settings?.onlyIf === undefined) return run(as(plain.args, { ...plain, ...input, ...streams }));
  const question = as(settings.onlyIf, { ...plain, stdin: nothing });
  const refusal = refusalOf(await commands.run(question), signal);
  if (refusal !== undefined) return refusal;
  const spent = Math.ceil(clock.monotonic() - began);
  const timeoutMs = methodTimeoutMs < 0 ? methodTimeoutMs : Math.max(1, methodTimeoutMs - spent);
  return run(as(plain.args, { ...plain, ...input, ...streams, timeoutMs }));
}

/** How its output is taken where it may be of any size. */
function waysOf({ method, largeOutput }: Message, onOutput: OnOutput): Pick<Command, 'onOutput' | 'onLarge'> {
  if (methodEntry(method).streams === true) return { onOutput };
  return largeOutput === true ? { onLarge: onOutput } : {};
}

const nothing = new Uint8Array(0);
const themselves: Person = { prefix: [], env: {} };

/** Nothing where the command may run. */
function refusalOf({ outcome, retry }: RunResult, signal: AbortSignal): RunResult | undefined {
  if (outcome.state === 'succeeded') return undefined;
  const { exitCode, ...rest } = { ...outcome, stdoutBytes: 0, stderrBytes: 0 };
  const output = { stdout: nothing, stderr: nothing };
  if (outcome.reason === undefined && exitCode !== undefined)
    return {
      outcome: { ...rest, state: 'rejected', reason: `precondition: onlyIf ended with exit code ${exitCode}` },
      ...output,
    };
  // It was ended, or could not be asked: that says nothing of what was to be found.
  const why = outcome.reason ?? `ended by ${outcome.signal ?? 'nobody'}`;
  const reason = signal.aborted ? why : `onlyIf: ${why}`;
  return { outcome: { ...rest, reason }, ...output, ...(retry === undefined ? {} : { retry }) };
}
