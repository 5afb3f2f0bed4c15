// steward facts NODE…
import type { Command } from 'commander';
import type { FactsOptions } from '../actions/show-facts.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineFacts(program: Command, shell: Shell): void {
  const command = program
    .command('facts <nodes...>')
    .summary('show what nodes know of themselves')
    .description(
      'Asks nodes for their facts: system, versions, addresses, memory, disk, and what their owners have added. Each is shown when its answer arrives.',
    )
    .usage('[options] NODE…')
    .option('--via <nodes>', 'the nodes that carry the question there and the answer back, in their order')
    .option('--json', 'one JSON object per node, as they arrive')
    .addHelpText(
      'after',
      `
A node that is away is waited for, for a minute. @NAME stands for the nodes of a group, @all for every other node that was heard of.
The names are those of a condition: steward run --only-if-fact system=linux @all -- uname -r

Example:
  $ steward facts ship1 ship2
  $ steward facts --json @all

Exit status: 0 all have answered, 1 one has not, 2 wrong use, 3 no node answers here, 130 interrupted.`,
    )
    .action(async (nodes: readonly string[]) => {
      const { showFacts } = await import('../actions/show-facts.ts');
      await showFacts(nodes, command.optsWithGlobals<FactsOptions>(), shell);
    });
  addSocketOption(command);
}
