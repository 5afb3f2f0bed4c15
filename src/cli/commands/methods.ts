// steward methods [NODE] [--test NAME | --forget]
import type { Command } from 'commander';
import type { MethodsOptions } from '../actions/show-methods.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineMethods(program: Command, shell: Shell): void {
  const command = program
    .command('methods [node]')
    .summary('list what a node can do, and try a method of its own')
    .description(
      'Lists the methods of this node, or of another one: the programs that its owner made methods, and the built-in ones. What a node answers is kept here, and messages for it are checked by it, until it is started again, refuses to run one, or --forget.',
    )
    .option('--test <name>', 'run the example of an own method on the node, and say what is wrong')
    .option('--forget', 'forget what the node told, so that it decides of each message itself; works while it is away')
    .option('--via <nodes>', 'the nodes that carry the question to it, and the answer back, in their order')
    .option(
      '--json',
      'JSON: {"builtIn": […], "own": [{"name", "description", "problem"}], "more"}; with --test {"name", "outcome", "stdout", "stderr"}, with --forget {"node", "forgotten"}',
    )
    .addHelpText(
      'after',
      `
Example:
  $ steward methods ship1
  $ steward methods ship1 --test disk
  $ steward methods ship1 --forget

Exit status: 0 done, 1 the example failed or the node could not do it, 2 wrong use, 3 no node answers, 130 interrupted.`,
    )
    .action(async (node: string | undefined) => {
      const { showMethods } = await import('../actions/show-methods.ts');
      await showMethods(node, command.optsWithGlobals<MethodsOptions>(), shell);
    });
  addSocketOption(command);
}
