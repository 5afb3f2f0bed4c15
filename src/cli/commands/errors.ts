// steward errors
import { InvalidArgumentError, type Command } from 'commander';
import { parseSpan, spanExamples } from '../../base/span.ts';
import { systemClock } from '../../base/clock.ts';
import type { ErrorsOptions } from '../actions/show-errors.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineErrors(program: Command, shell: Shell): void {
  const command = program
    .command('errors')
    .summary('show what went wrong, here or on all nodes')
    .description(
      'Lists the errors that this node has counted, the newest last: on central those of every node, on any other node its own.',
    )
    .option('-f, --follow', 'go on, and print each error as it comes or comes again, until Ctrl-C')
    .option('--node <name>', 'only those of one node')
    .option('--code <code>', 'only those of one code, with its cause and remedy')
    .option('--since <span>', 'only those that came within a span: seconds, or text such as 90m or 2d', parseSince)
    .option(
      '--json',
      'JSON: {"errors": [{"node", "code", "count", "text", …}], "more"}; with --follow one error a line',
    )
    .addHelpText(
      'after',
      `
One line stands for all errors of one kind within an hour: TIME is that of the last, COUNT how many there were. A node tells
central of a new kind within seconds, of repetitions at growing pauses, and of what happened without a link when it is back.
At most the newest 1000 lines are listed.

Example:
  $ steward errors --since 1d
  $ steward errors --node ship1 --follow
  $ steward errors --code method-retried

Exit status: 0 shown, 2 wrong use, 3 no node answers, 4 the store cannot be read, 130 Ctrl-C ended --follow.`,
    )
    .action(async () => {
      const { showErrors } = await import('../actions/show-errors.ts');
      await showErrors(command.optsWithGlobals<ErrorsOptions>(), { shell, now: systemClock.wall() });
    });
  addSocketOption(command);
}

/** Milliseconds. */
function parseSince(text: string): number {
  const spanMs = parseSpan(text);
  if (spanMs !== undefined && spanMs > 0) return spanMs;
  throw new InvalidArgumentError(`It is a span of time: ${spanExamples}.`);
}
