// steward queue [NODE] [list|clear|remove ID…]
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import type { QueueOptions } from '../actions/show-queue.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineQueue(program: Command, shell: Shell): void {
  const command = program
    .command('queue [words...]')
    .usage('[options] [NODE] [list | clear | remove ID…]')
    .summary('show, or take back, what waits for nodes')
    .description(
      'Lists what waits here to be delivered: by node and lane, or for one node message by message; "clear" takes it back, "remove" some of it.',
    )
    .option('--at <node>', "the queue of that node instead of this one's")
    .option('--via <nodes>', 'the nodes that carry the question to it, and the answer back, in their order')
    .option('--lane <lane>', 'only of this lane')
    .option('--older-than <span>', 'only what waits for longer: seconds, or text such as "10m", "1h", "30d"')
    .option('--yes', 'clear also more than 10 messages: without it they are only counted')
    .option('--json', 'JSON: {"lanes": […], "messages": […], "more"}; of clear and remove {"cancelled", "asked"}')
    .addHelpText(
      'after',
      `
Messages are listed as they will leave: orders first, then each lane in this order; lanes do not wait for each other. BYTES is what
they cost on the link. What has not reached its node when EXPIRES IN is over never runs.

A node also lists what it only carries for others (its lane names both ends); only their sender takes that back.

What is cleared ends as "cancelled", with who and when. Messages that may already be at the node are asked for there, and show
"cancel asked" until it has confirmed; what runs goes on ("steward cancel ID" ends it). Orders (the lane control) and what a node
has to say of errors are never taken back.

Example:
  $ steward queue
  $ steward queue ship1
  $ steward queue ship1 clear --older-than 1h
  $ steward queue clear --older-than 30d --yes
  $ steward queue ship1 remove 01j9zq3k5w7m2x4c6v8b
  $ steward queue --at gateway
  $ steward queue --at gateway island clear

Exit status: 0 done, 1 the other node could not do it, 2 wrong use, or not confirmed, 3 no node answers, 4 the store cannot be read or written.`,
    )
    .action(async (words: readonly string[]) => {
      const { queueAction, queueWish } = await import('../actions/show-queue.ts');
      const wish = queueWish(words, command.optsWithGlobals<QueueOptions>());
      await queueAction(wish, { shell, now: systemClock.wall() });
    });
  addSocketOption(command);
}
