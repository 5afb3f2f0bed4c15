// steward status [ID]
import type { Command } from 'commander';
import type { StatusOptions } from '../actions/show-status.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineStatus(program: Command, shell: Shell): void {
  const command = program
    .command('status [id]')
    .summary('show where messages are')
    .description(
      "Counts this node's messages by state; with an id, shows one message and its whole history with times.",
    )
    .option('--json', 'JSON: {"counts": {"queued": 3, …}, "waitingReplies", "info"}, or the message')
    .addHelpText(
      'after',
      `
States: queued (on disk here), delivered (on disk there), running, then one of succeeded, failed, timedOut, sent (no ACK
was wanted), expired, cancelled, rejected, unknown (the node died in mid-run, or lost its disk).

Example:
  $ steward status
  $ steward status 01j9zq3k5w7m2x4c6v8b

Exit status: 0 shown, 2 no such message, 3 no node answers, 4 the store cannot be read.`,
    )
    .action(async (id: string | undefined) => {
      const { showCounts, showMessage } = await import('../actions/show-status.ts');
      const options = command.optsWithGlobals<StatusOptions>();
      await (id === undefined ? showCounts(options, shell.terminal) : showMessage(id, options, shell.terminal));
    });
  addSocketOption(command);
}
