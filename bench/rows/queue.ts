// 100,000 messages that wait: listing, filtering and clearing them.
import { median, type Figure } from '../figure.ts';
import { many, ping } from '../lab/messages.ts';
import { peakResidentMb } from '../lab/processes.ts';
import { submit } from '../lab/submit.ts';
import type { Row } from './row.ts';

const absent = Array.from({ length: 50 }, (_none, index) => `absent${index}`);
const looks = 5;
const submissions = 20;
/** As many as one look answers. */
const pageSize = 1_000;

export const queues: Row = {
  name: 'queue',
  async measure({ lab, limits, scale }) {
    const central = lab.node('central');
    await central.start();
    await central.linkUp();
    const { client } = central;
    const queue = async (count: number): Promise<void> => {
      const each = count / absent.length;
      await submit(
        central.intake,
        absent.flatMap((to) => many(each, ping({ to, reply: 'fileAppend' }))),
      );
    };
    /** Its peak is then that of what it does from now on. */
    const again = async (): Promise<void> => {
      await central.stop();
      await central.start();
      await central.linkUp();
    };
    const now = Date.now() + 3_600_000;
    const look = async (): Promise<{ readonly listing: number; readonly filtering: number }> => ({
      listing: await often(() => client.queue({})),
      filtering: await often(() => client.queue({ to: 'absent7', lane: 'ping', before: now })),
    });

    await queue(pageSize);
    await again();
    await look();
    const page = peakResidentMb(central.pid());
    const count = scale(100_000);
    for (let part = 0; part < submissions; part += 1) await queue((count - pageSize) / submissions);
    await again();
    const { listing, filtering } = await look();
    const clearingOne = await timed(() => client.cancel({ to: 'absent7', before: now }));
    const clearing = await timed(() => client.cancel({ before: now }));
    const grown = peakResidentMb(central.pid()) - page;
    const { counts } = await client.counts();
    if (counts.cancelled !== count) throw new Error(`${counts.cancelled} are cancelled, not ${count}`);

    const sync = { name: 'bare fsync', value: limits.sync.p50 };
    const goal = { atMost: 1000 };
    const waiting = `of ${count} waiting`;
    return [
      { name: `the list ${waiting}`, value: listing, unit: 'ms', goal },
      { name: `one node and lane ${waiting}`, value: filtering, unit: 'ms', goal },
      { name: `one node cleared ${waiting}`, value: clearingOne, unit: 'ms', goal, limit: sync },
      { name: `all cleared ${waiting}`, value: clearing, unit: 'ms', goal, limit: sync },
      { name: `peak, beyond that of looking at ${pageSize}`, value: grown, unit: 'MB', goal: { atMost: 20 } },
    ] satisfies readonly Figure[];
  },
};

async function timed(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

async function often(act: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let look = 0; look < looks; look += 1) samples.push(await timed(act));
  return median(samples);
}
