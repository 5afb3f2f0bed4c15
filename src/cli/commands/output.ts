// steward output ID
import { InvalidArgumentError, type Command } from 'commander';
import type { OutputOptions } from '../actions/print-output.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineOutput(program: Command, shell: Shell): void {
  const command = program
    .command('output <id>')
    .summary('print what a command wrote')
    .description(
      "Prints a finished message's output: its stdout on stdout, its stderr on stderr, byte for byte. Of a command whose output comes in parts (cliCommandCont, steward run --stream), what is there of it; of a copy, how far it is and what was copied.",
    )
    .option('--follow', 'print what comes until the message has ended')
    .option('--from <byte>', 'begin with this byte of each stream, from 0: to go on where a print ended', parseByte)
    .addHelpText(
      'after',
      `
On a terminal, control characters are shown as \\x1b, so that another machine's output cannot steer yours;
into a file or a pipe, every byte goes as it came.

Example:
  $ steward output 01j9zq3k5w7m2x4c6v8b > df.txt
  $ steward output --follow 01j9zq3k5w7m2x4c6v8b

Exit status: 0 the message succeeded, 1 it ended otherwise (its output is printed all the same),
  2 no such message, or it has not ended, 3 no node answers, 4 the store cannot be read, 130 Ctrl-C.`,
    )
    .action(async (id: string) => {
      const { printOutput } = await import('../actions/print-output.ts');
      await printOutput(id, command.optsWithGlobals<OutputOptions>(), shell);
    });
  addSocketOption(command);
}

function parseByte(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the number of a byte, from 0.');
}
