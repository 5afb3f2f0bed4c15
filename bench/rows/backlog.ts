// 100,000 messages queued for nodes that are away.
import type { Figure } from '../figure.ts';
import { many, ping } from '../lab/messages.ts';
import { peakResidentMb, processTree, residentMb } from '../lab/processes.ts';
import { submit } from '../lab/submit.ts';
import type { Row } from './row.ts';

const absent = Array.from({ length: 50 }, (_none, index) => `absent${index}`);
const writers = 4;

export const backlog: Row = {
  name: 'backlog',
  async measure({ lab, limits, scale }) {
    const central = lab.node('central');
    await central.start();
    await central.linkUp();
    await pause(3000);
    const empty = residentMb(processTree(central.pid()));

    const half = scale(50_000);
    const messages = absent.flatMap((to) => many(half / absent.length, ping({ to, reply: 'fileAppend' })));
    const oneFile = await timed(() => submit(central.intake, messages));
    const files = Array.from({ length: absent.length }, (_none, index) =>
      messages.slice((index * half) / absent.length, ((index + 1) * half) / absent.length),
    );
    const severalFiles = await timed(async () => {
      let next = 0;
      const write = async (): Promise<void> => {
        for (let file = files[next++]; file !== undefined; file = files[next++]) await submit(central.intake, file);
      };
      await Promise.all(Array.from({ length: writers }, write));
    });
    await pause(5000);
    const resident = residentMb(processTree(central.pid()));
    const peak = peakResidentMb(central.pid());
    await pause(60_000);
    const settled = residentMb(processTree(central.pid()));
    await central.stop();
    const restartMs = await central.start();
    await central.linkUp();
    await pause(5000);
    const restarted = residentMb(processTree(central.pid()));
    const { counts } = await central.client.counts();
    if (counts.queued !== 2 * half) throw new Error(`${counts.queued} are queued, not ${2 * half}`);

    const sync = { name: 'bare fsyncs', value: limits.sync.perSecond };
    const node = { name: 'empty outbox', value: empty };
    return [
      {
        name: `intake, ${half} messages in one file`,
        value: (half / oneFile) * 1000,
        unit: '/s',
        goal: { atLeast: 10_000 },
        limit: sync,
      },
      {
        name: `intake, ${half} messages in ${files.length} files, ${writers} at a time`,
        value: (half / severalFiles) * 1000,
        unit: '/s',
        goal: { atLeast: 10_000 },
        limit: sync,
      },
      {
        name: `sender with ${2 * half} queued, resident`,
        value: resident,
        unit: 'MB',
        goal: { atMost: 150 },
        limit: node,
      },
      { name: `sender with ${2 * half} queued, a minute later`, value: settled, unit: 'MB', limit: node },
      { name: `sender with ${2 * half} queued, peak during intake`, value: peak, unit: 'MB', limit: node },
      {
        name: `sender with ${2 * half} queued, restarted, resident`,
        value: restarted,
        unit: 'MB',
        goal: { atMost: 150 },
        limit: node,
      },
      {
        name: `restart with ${2 * half} queued until intake answers`,
        value: restartMs,
        unit: 'ms',
        goal: { atMost: 1000 },
        limit: { name: 'bare Node', value: limits.node.startMs },
      },
    ] satisfies readonly Figure[];
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
