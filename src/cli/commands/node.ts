// steward node: its options are those of the configuration, which is loaded only when the command is used.
import type { Command } from 'commander';
import type { Shell } from '../terminal.ts';

export function defineNode(program: Command, shell: Shell): void {
  program
    .command('node')
    .summary('run a node in the foreground')
    .usage('[options]')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { runNodeCommand } = await import('../actions/run-node-command.ts');
      await runNodeCommand(words, shell);
    });
}
