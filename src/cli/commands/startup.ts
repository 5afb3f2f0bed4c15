// steward startup [list|add NAME FILE|remove NAME]
import type { Command } from 'commander';
import type { StartupOptions } from '../actions/show-startup.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineStartup(program: Command, shell: Shell): void {
  const command = program
    .command('startup [words...]')
    .usage('[options] [list | add NAME FILE | remove NAME]')
    .summary('list, write or remove the messages that a node gives itself at its start')
    .description(
      'Lists the startup messages of this node, or of another one; "add" writes one there, from a message file ("-" for standard input), "remove" takes it away.',
    )
    .option('--at <node>', 'those of that node')
    .option('--via <nodes>', 'the nodes that carry the question to it, and the answer back, in their order')
    .option('--now', 'with add: give it now, too, not only from the next start on')
    .option('--json', 'JSON: {"startup": [{"name", "state", "method", "endless", "id", "reason"}]}')
    .addHelpText(
      'after',
      `
A message that is broken is refused by add. One that is found broken in the folder is set aside ("broken"), and told once in
"steward errors". What runs without end is ended by remove.

Example:
  $ steward startup
  $ steward startup add watch watch.json --at ship1 --now
  $ steward startup remove watch --at ship1

Exit status: 0 done, 1 the node could not do it, 2 wrong use, 3 no node answers, 130 interrupted.`,
    )
    .action(async (words: readonly string[]) => {
      const { startupAction } = await import('../actions/show-startup.ts');
      await startupAction(words, command.optsWithGlobals<StartupOptions>(), shell);
    });
  addSocketOption(command);
}
