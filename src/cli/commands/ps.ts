// steward ps
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { PsOptions } from '../actions/show-processes.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function definePs(program: Command, shell: Shell): void {
  const command = program
    .command('ps [node]')
    .summary('list the processes of a node, stop one, or start it again')
    .description(
      'Lists the processes of this node, or of another one: the publisher and the subscriber of each lane that has work or has failed, and what runs. A lane that is empty has none.',
    )
    .option('--start <process>', 'start a process again that was stopped, as the list names it')
    .option('--stop <process>', 'stop a process: its lane keeps what it has, and waits')
    .option('--via <nodes>', 'the nodes that carry the question there and the answer back, in their order')
    .option('--json', 'JSON: a list of processes, times in milliseconds since 1970')
    .addHelpText(
      'after',
      `
A process that fails is started again. After 5 restarts within a minute it is stopped, and its lane waits until it is started.
"subscriber METHOD" means all subscribers of a method: while they are stopped, what comes waits at its sender. "subscriber METHOD
from central,ship2" starts them for these senders only: what comes from others is rejected, also what waits there now.

Examples:
  $ steward ps
  $ steward ps ship1 --start "subscriber central cliCommand"
  $ steward ps ship1 --stop "subscriber cliCommand"

Exit status: 0 done, 1 the other node could not do it, 2 wrong use, 3 no node answers, 130 interrupted.`,
    )
    .action(async (node: string | undefined) => {
      const { showProcesses } = await import('../actions/show-processes.ts');
      await showProcesses(node, command.optsWithGlobals<PsOptions>(), { shell, now: systemClock.wall() });
    });
  addSocketOption(command);
}
