// steward resend ID
import type { Command } from 'commander';
import type { ResendOptions } from '../actions/send-again.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineResend(program: Command, shell: Shell): void {
  const command = program
    .command('resend <id>')
    .summary('submit a message once more')
    .description(
      'Submits the same message again, as a new one, whatever became of the first, and prints the new id. The node takes it from its store, or from its log.',
    )
    .option('--to <node>', 'to this node instead, straight: a way by other nodes (via) is left out')
    .option('--json', 'JSON: {"ids", "submission"}')
    .addHelpText(
      'after',
      `
It is a new message: its time begins anew, and it runs again where the first one ran.

Example:
  $ steward resend 01j9zq3k5w7m2x4c6v8b --to ship2

Exit status: 0 submitted, 2 no such message here, or its data were too large to be kept, 3 no node answers,
  4 the store cannot be written.`,
    )
    .action(async (id: string) => {
      const { resendMessage } = await import('../actions/send-again.ts');
      await resendMessage(id, command.optsWithGlobals<ResendOptions>(), shell.terminal);
    });
  addSocketOption(command);
}
