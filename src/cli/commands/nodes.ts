// steward nodes
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { NodesOptions } from '../actions/show-nodes.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineNodes(program: Command, shell: Shell): void {
  const command = program
    .command('nodes')
    .summary('list the nodes heard of')
    .description(
      'Lists every node that was heard of: here or since when not, what is queued for it and how old that is.',
    )
    .option('--json', 'JSON: a list of nodes, times in milliseconds since 1970')
    .addHelpText(
      'after',
      `
Example:
  $ steward nodes --socket /var/lib/steward/tmp

Exit status: 0 listed, 3 no node answers, 4 the store cannot be read.`,
    )
    .action(async () => {
      const { showNodes } = await import('../actions/show-nodes.ts');
      await showNodes(command.optsWithGlobals<NodesOptions>(), { terminal: shell.terminal, now: systemClock.wall() });
    });
  addSocketOption(command);
}
