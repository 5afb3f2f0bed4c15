// steward schedule [list|pause|resume|cancel ID…]
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { ScheduleOptions } from '../actions/show-schedules.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineSchedule(program: Command, shell: Shell): void {
  const command = program
    .command('schedule [words...]')
    .usage('[options] [list | pause ID… | resume ID… | cancel ID…]')
    .summary('show what runs on a schedule, pause it, resume it, or cancel it')
    .description(
      'Lists the schedules that go on this node, or on another one: the next run, the last one and how it ended, and how many were made, missed and skipped.',
    )
    .option('--at <node>', "the schedules of that node instead of this one's")
    .option('--via <nodes>', 'the nodes that carry the question to it, and the answer back, in their order')
    .option('--json', 'JSON: {"schedules": […], "more"}, times in milliseconds since 1970 by the clock of that node')
    .addHelpText(
      'after',
      `
A schedule is made by a message with "schedule" or "cron", or by steward run --every or --cron. It goes on in the node that it was sent
to, without a link and after a restart; its message is shown as running until the schedule has ended.

What is due while a schedule is paused passes, and is counted. "cancel" ends what runs of it, too; "steward cancel ID" does the same
where the message was sent.

Example:
  $ steward schedule list --at ship1
  $ steward schedule pause --at ship1 01j9zq3k5w7m2x4c6v8b
  $ steward schedule cancel --at ship1 01j9zq3k5w7m2x4c6v8b

Exit status: 0 done, 1 the other node could not do it, 2 wrong use, 3 no node answers, 130 interrupted.`,
    )
    .action(async (words: readonly string[]) => {
      const { showSchedules } = await import('../actions/show-schedules.ts');
      await showSchedules(words, command.optsWithGlobals<ScheduleOptions>(), { shell, now: systemClock.wall() });
    });
  addSocketOption(command);
}
