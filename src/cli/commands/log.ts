// steward log
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { LogOptions } from '../actions/show-log.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineLog(program: Command, shell: Shell): void {
  const command = program
    .command('log')
    .summary('show what became of all messages')
    .description(
      'Prints the log of all messages of this node, the oldest line first: those that it sent, and those that it ran for others.',
    )
    .option(
      '--since <when>',
      'only what came after: a span back from now ("2h", "30d"), or a time ("2026-11-22 13:04")',
    )
    .option('--node <name>', 'only messages from this node or to it')
    .option('--id <id>', 'only this message')
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--json', 'one line of JSON each, as it stands in the log: with the message as a message file has it')
    .addHelpText(
      'after',
      `
At the node that sent a message: queued (taken, and on disk), delivered, running, then its final state with the outcome, and
reply (its answer was handled). At the node that runs it: accepted, started, ended. A line that says "made up" was written
afterwards, from the store, since the node was killed before it had written it. The log lies in LogFolder, as
messages.jsonl; it goes after LogKeep (90 days), or when it is larger than LogQuota.

It holds the data of messages, and so whatever secrets those hold; only the user that the node runs as can read it.

Example:
  $ steward log --since 2h
  $ steward log --node ship1 --follow
  $ steward log --id 01j9zq3k5w7m2x4c6v8b --json | jq -c 'select(.message) | .message' | steward send -

The last one sends a message again, as "steward resend" does.

Exit status: 0 shown, 2 wrong use, 3 no node answers, 4 the log cannot be read, 130 Ctrl-C.`,
    )
    .action(async () => {
      const { showLog } = await import('../actions/show-log.ts');
      await showLog(command.optsWithGlobals<LogOptions>(), { shell, now: systemClock.wall() });
    });
  addSocketOption(command);
}
