// steward run NODE[,NODE…] -- COMMAND [ARG…]
import { InvalidArgumentError, type Command } from 'commander';
import { longestSpanMs, parseSpan, spanExamples } from '../../base/span.ts';
import type { RunOptions } from '../actions/run-command.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineRun(program: Command, shell: Shell): void {
  const command = program
    .command('run <nodes> <command...>')
    .summary('run a command on nodes')
    .description(
      'Runs a command on one or more nodes, and shows the output of each under its name when its answer arrives.',
    )
    .usage('[options] NODE[,NODE…] -- COMMAND [ARG…]')
    .option('--ordered', 'after the ordered commands sent to the node before (default: at once)')
    .option('--timeout <span>', 'how long the command may run; -1: without limit', parseTimeout)
    .option(
      '--expires <span>',
      'how long the command may wait for the node: seconds, or text such as 90m or 2d',
      parseSeconds,
    )
    .option('--no-wait', 'print the ids, and leave')
    .option('--json', 'one JSON object per answer, as they arrive')
    .addHelpText(
      'after',
      `
A node that is away gets the command when it comes back. Ctrl-C only stops the waiting.
The program is started without a shell; for pipes and variables: -- sh -c 'df -h | grep data'
Each stdout goes to stdout, each stderr to stderr: as it is, but on a terminal control characters are shown as \\x1b.

Example:
  $ steward run ship1,ship2 --timeout 30 -- df -h

Exit status: 0 all succeeded, 1 something failed, 2 wrong use, 3 no node answers here, 4 the store cannot be written,
  130 Ctrl-C: the commands stay on their way.`,
    )
    .action(async (nodes: string, words: string[]) => {
      const { runCommand } = await import('../actions/run-command.ts');
      await runCommand({ nodes, command: words }, command.optsWithGlobals<RunOptions>(), shell);
    });
  addSocketOption(command);
}

/** In seconds, as a message file has it. */
function parseSeconds(text: string): number {
  const spanMs = parseSpan(text);
  if (spanMs !== undefined && spanMs > 0 && spanMs <= longestSpanMs) return spanMs / 1000;
  throw new InvalidArgumentError(`It is a span of time: ${spanExamples}.`);
}

function parseTimeout(text: string): number {
  return text === '-1' ? -1 : parseSeconds(text);
}
