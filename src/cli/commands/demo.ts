// steward demo
import type { Command } from 'commander';
import type { DemoOptions } from '../demo/run-demo.ts';
import type { Shell } from '../terminal.ts';

export function defineDemo(program: Command, shell: Shell): void {
  const command = program
    .command('demo')
    .summary('watch the whole story in a minute')
    .description(
      'Starts a broker, central and three ships on this machine, and shows a command reach a ship that was away.',
    )
    .option('--once', 'end after the story')
    .addHelpText(
      'after',
      `
Everything lies in ./steward-demo, a folder for each process with its log (node.log); a second run starts clean.
It only uses commands that you can type yourself, and stays up for you to go on, until Ctrl-C.

Example:
  $ steward demo

Exit status: 0 the story came true, and everything that was started is gone; 1 it did not.`,
    )
    .action(async () => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(command.opts<DemoOptions>(), shell);
    });
}
