// steward cancel ID…
import type { Command } from 'commander';
import type { CancelOptions } from '../actions/cancel-messages.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineCancel(program: Command, shell: Shell): void {
  const command = program
    .command('cancel <id...>')
    .summary('take messages back, or end them where they run')
    .description(
      'Cancels messages of this node: what has not left is taken back, what waits at its node is removed there, what runs is ended, with its process group and all that carries its mark.',
    )
    .option(
      '--submission',
      'all messages of the submission that the id names, and what it would yet send to nodes that appear',
    )
    .option('--wait', 'wait until their nodes have confirmed it, or said that it came too late')
    .option('--json', 'JSON: the messages as they are then')
    .addHelpText(
      'after',
      `
A message is "cancelled" only when it is certain that it did not start, or that nothing of it runs any more. Until its node has
confirmed that, it keeps its state, and "steward status ID" says "cancel asked"; a node that is away hears of it before anything else.
What runs is asked to end (SIGTERM) and 3 s later killed: its process group, and whatever has its mark in the environment
(STEWARD_RUN), also in another session. What has left the group and emptied its environment is not found.
What had ended by then keeps its outcome: the cancel came too late. Not ended are files that are being written, and commands that
were sent with --ends-node and run.

Example:
  $ steward cancel 01j9zq3k5w7m2x4c6v8b
  $ steward cancel --submission 01j9zq3k5w7m2x4c6v8b
  $ steward cancel --wait 01j9zq3k5w7m2x4c6v8b 01j9zq3k5w7m2x4c6v8c

Exit status: 0 cancelled, or asked for; 1 some of them ended otherwise; 2 no such message here, 3 no node answers, 4 the store
cannot be written.`,
    )
    .action(async (ids: readonly string[]) => {
      const { cancelMessages } = await import('../actions/cancel-messages.ts');
      shell.exitWith(await cancelMessages(ids, command.optsWithGlobals<CancelOptions>(), shell.terminal));
    });
  addSocketOption(command);
}
