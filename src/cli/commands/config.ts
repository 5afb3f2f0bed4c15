// steward config: takes the options of steward node, whose values it shows.
import type { Command } from 'commander';
import type { Shell } from '../terminal.ts';

export function defineConfig(program: Command, shell: Shell): void {
  program
    .command('config')
    .summary('show each configured value and where it comes from')
    .usage('[options]')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { showConfig } = await import('../actions/show-config.ts');
      await showConfig(words, shell);
    });
}
