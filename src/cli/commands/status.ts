// steward status [ID]
import { Option, type Command } from 'commander';
import { StewardError } from '../../model/error.ts';
import { messageStates } from '../../model/state.ts';
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
    .addOption(
      new Option('--state <state>', 'list the messages in a state, at most the newest 1000').choices(messageStates),
    )
    .option(
      '--submission',
      'with an id: counts the messages of its whole submission by state, and lists whose have not ended, or not succeeded',
    )
    .option('--open', 'list the submissions that also go to nodes that appear (lateJoiners)')
    .option(
      '--json',
      'JSON: {"counts": {"queued": 3, …}, "waitingReplies", "failedReplies", "info"}, or the message; with --state {"messages", "more"}; with --submission {"submission", "counts", "missing", "unsuccessful", "more", "lateJoiners"}; with --open a list',
    )
    .addHelpText(
      'after',
      `
States: queued (on disk here), carried (on disk at a node on its way), delivered (on disk there), running, then one of succeeded, failed, timedOut, sent (no ACK
was wanted), expired, cancelled, rejected, unknown (the node died in mid-run, or lost its disk).

Example:
  $ steward status
  $ steward status 01j9zq3k5w7m2x4c6v8b
  $ steward status --submission 01j9zq3k5w7m2x4c6v8b
  $ steward status --state unknown
  $ steward status --open

Exit status: 0 shown, 2 no such message, 3 no node answers, 4 the store cannot be read.`,
    )
    .action(async (id: string | undefined) => {
      const { showCounts, showMessage, showMessages, showOpen, showSubmission } =
        await import('../actions/show-status.ts');
      const options = command.optsWithGlobals<StatusOptions>();
      if (id !== undefined && options.state !== undefined) {
        throw new StewardError('invalid-usage', 'an id and --state were given', { hint: 'give one of them' });
      }
      if (options.open && (id !== undefined || options.state !== undefined))
        throw new StewardError('invalid-usage', '--open lists submissions, whatever else they are', {
          hint: 'steward status --open',
        });
      if (options.submission && id === undefined) {
        throw new StewardError('invalid-usage', '--submission needs the id of one of its messages', {
          hint: 'steward status --submission ID',
        });
      }
      if (options.open) await showOpen(options, shell.terminal);
      else if (id !== undefined && options.submission) await showSubmission(id, options, shell.terminal);
      else if (id !== undefined) await showMessage(id, options, shell.terminal);
      else if (options.state !== undefined) await showMessages(options.state, options, shell.terminal);
      else await showCounts(options, shell.terminal);
    });
  addSocketOption(command);
}
