// The command line: what was typed, done, and answered with an exit status. Every command's deed is loaded only when it is asked for.
import { Command, CommanderError } from 'commander';
import { errorTable } from '../model/error-table.ts';
import { describeError, StewardError } from '../model/error.ts';
import { defineBroker } from './commands/broker.ts';
import { defineCancel } from './commands/cancel.ts';
import { defineConfig } from './commands/config.ts';
import { defineCp } from './commands/cp.ts';
import { defineDemo } from './commands/demo.ts';
import { defineErrors } from './commands/errors.ts';
import { defineFacts } from './commands/facts.ts';
import { defineNode } from './commands/node.ts';
import { defineNodes } from './commands/nodes.ts';
import { defineOutput } from './commands/output.ts';
import { definePs } from './commands/ps.ts';
import { defineLog } from './commands/log.ts';
import { defineQueue } from './commands/queue.ts';
import { defineResend } from './commands/resend.ts';
import { defineRetry } from './commands/retry.ts';
import { defineRun } from './commands/run.ts';
import { defineSchedule } from './commands/schedule.ts';
import { defineSend } from './commands/send.ts';
import { addSocketOption } from './commands/socket-option.ts';
import { defineMethods } from './commands/methods.ts';
import { defineStartup } from './commands/startup.ts';
import { defineStatus } from './commands/status.ts';
import { exitStatus, type Shell, type Terminal } from './terminal.ts';
import { oneLine } from './text/printable.ts';
import { version } from './version.ts';

const commands = [
  defineDemo,
  defineNode,
  defineBroker,
  defineSend,
  defineRun,
  defineCp,
  defineStatus,
  defineOutput,
  defineLog,
  defineResend,
  defineRetry,
  defineCancel,
  defineQueue,
  defineSchedule,
  defineNodes,
  defineFacts,
  definePs,
  defineStartup,
  defineMethods,
  defineErrors,
  defineConfig,
];

/** The exit status. Throws nothing: whatever went wrong is one line on stderr. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const writes: Promise<void>[] = [];
  let status: number = exitStatus.ok;
  const program = createProgram({
    write: (text) => writes.push(terminal.out.write(text)),
    columns: terminal.out.columns,
  });
  const shell: Shell = { terminal, exitWith: (code) => (status = code) };
  for (const define of commands) define(program, shell);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const known = error instanceof CommanderError ? usageError(error, { args, program }) : error;
    status = known === undefined ? exitStatus.ok : exitStatusOf(known);
    if (known !== undefined) await terminal.err.write(`steward: ${oneLine(describeError(asWritten(known)))}\n`);
  }
  await Promise.all(writes);
  return status;
}

function createProgram(options: { write: (text: string) => void; columns: number }): Command {
  const program = new Command('steward')
    .description(
      'Commands for machines that are online always, or only now and then: kept until they arrive, run once, answered.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: options.write,
      writeErr: options.write,
      getOutHelpWidth: () => options.columns,
      outputError: () => {},
    })
    .addHelpText(
      'after',
      `
Try it in a minute:
  $ steward demo

Exit status of every command:
  0  it was done
  1  something failed on a node, or on the way
  2  wrong use: an option, a file, a name, an id
  3  no node or broker answers
  4  the store cannot be read or written
  130  interrupted: what was sent stays on its way`,
    );
  return addSocketOption(program);
}

function exitStatusOf(error: unknown): number {
  return error instanceof StewardError ? errorTable[error.code].exit : exitStatus.failed;
}

/** Lines and columns of a file that nobody named are those of one that a command made of its options. */
function asWritten(error: unknown): unknown {
  if (!(error instanceof StewardError) || error.place?.line === undefined || error.place.file !== undefined)
    return error;
  const { code, message, hint, place } = error;
  return new StewardError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(place.field === undefined ? {} : { place: { field: place.field } }),
    cause: error,
  });
}

/** Undefined where commander only printed the help or the version that was asked for. */
function usageError(
  error: CommanderError,
  asked: { args: readonly string[]; program: Command },
): StewardError | undefined {
  if (error.exitCode === 0) return undefined;
  const command = asked.program.commands.find((known) => asked.args.includes(known.name()));
  const hint = `"steward ${command === undefined ? '' : `${command.name()} `}--help" shows how`;
  // Without any argument commander has printed the help, and gives no text of its own.
  const text = error.code === 'commander.help' ? 'no command was given' : error.message.replace(/^error: /, '');
  return new StewardError('invalid-usage', text, { hint });
}
