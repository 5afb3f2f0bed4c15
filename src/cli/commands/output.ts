// steward output ID
import type { Command } from 'commander';
import type { SocketOption } from '../find-socket.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineOutput(program: Command, shell: Shell): void {
  const command = program
    .command('output <id>')
    .summary('print what a command wrote')
    .description("Prints a finished message's output: its stdout on stdout, its stderr on stderr, byte for byte.")
    .addHelpText(
      'after',
      `
On a terminal, control characters are shown as \\x1b, so that another machine's output cannot steer yours;
into a file or a pipe, every byte goes as it came.

Example:
  $ steward output 01j9zq3k5w7m2x4c6v8b > df.txt

Exit status: 0 the message succeeded, 1 it ended otherwise (its output is printed all the same),
  2 no such message, or it has not ended, 3 no node answers, 4 the store cannot be read.`,
    )
    .action(async (id: string) => {
      const { printOutput } = await import('../actions/print-output.ts');
      await printOutput(id, command.optsWithGlobals<SocketOption>(), shell);
    });
  addSocketOption(command);
}
