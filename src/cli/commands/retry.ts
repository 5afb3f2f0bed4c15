// steward retry ID
import type { Command } from 'commander';
import type { RetryOptions } from '../actions/send-again.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineRetry(program: Command, shell: Shell): void {
  const command = program
    .command('retry <id>')
    .summary('submit what failed of a submission once more')
    .description(
      'Submits those messages again that failed, timed out, expired or were rejected, of the submission that this message belongs to; prints the old and the new id of each.',
    )
    .option('--unknown', 'also those of which nobody knows whether they ran: they may run twice')
    .option('--dry-run', 'only show which')
    .option('--json', 'JSON: {"retried": [{"id", "to", "state", "newId"}], "left": {"succeeded": 3, …}, "submission"}')
    .addHelpText(
      'after',
      `
What succeeded, was cancelled, or is under way is never sent again. The new messages are a submission of their own: what of
them fails is retried by one of the new ids. A second retry by an old id sends the same ones once more.

Example:
  $ steward retry --dry-run 01j9zq3k5w7m2x4c6v8b
  $ steward retry 01j9zq3k5w7m2x4c6v8b

Exit status: 0 submitted, or nothing to retry; 2 no such message here, 3 no node answers, 4 the store cannot be written.`,
    )
    .action(async (id: string) => {
      const { retryMessages } = await import('../actions/send-again.ts');
      await retryMessages(id, command.optsWithGlobals<RetryOptions>(), shell.terminal);
    });
  addSocketOption(command);
}
