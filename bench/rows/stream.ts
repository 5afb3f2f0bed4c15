// A GiB of output while it comes, and what it costs a ping to the same node, and to another.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isSettled } from '../../src/contract/message-view.ts';
import { median, quantile, type Figure } from '../figure.ts';
import { ping } from '../lab/messages.ts';
import { peakResidentMb } from '../lab/processes.ts';
import { measureRoundTrips } from '../lab/round-trip.ts';
import { askIntake } from '../lab/submit.ts';
import { waitUntil } from '../lab/wait-until.ts';
import type { Row } from './row.ts';

const mebibyte = 1024 * 1024;
const boundMb = 150;
/** Whoever waits for so many at a time looks whether the output is there. */
const pingsAtATime = 10;

export const streams: Row = {
  name: 'stream',
  onlyByName: true,
  async measure({ lab, limits, scale }) {
    const { central, ship } = await lab.pair();
    const other = lab.node('ship2');
    await other.start();
    await other.linkUp();
    const pingTo = (to: string, count: number) =>
      measureRoundTrips({
        from: central,
        message: ping({ to, reply: 'fileAppend' }),
        to,
        answerBytes: 5,
        count,
        warm: 0,
      });
    await pingTo('ship1', 100);
    const quiet = { ship1: await pingTo('ship1', 200), ship2: await pingTo('ship2', 200) };

    const bytes = Math.round(scale(1024)) * mebibyte;
    const began = performance.now();
    const answer = await askIntake(
      central.intake,
      JSON.stringify({
        toNode: 'ship1',
        method: 'cliCommandCont',
        // Bytes that no link makes smaller.
        methodArgs: ['head', '-c', String(bytes), '/dev/urandom'],
        methodTimeout: -1,
        directory: 'bench',
        fileName: 'stream',
      }),
    );
    const [id = ''] = (JSON.parse(answer) as { readonly ids: readonly string[] }).ids;
    const busy = { ship1: [] as number[], ship2: [] as number[] };
    await waitUntil('all of the output', 100, async () => {
      busy.ship1.push(...(await pingTo('ship1', pingsAtATime)));
      busy.ship2.push(...(await pingTo('ship2', pingsAtATime)));
      return isSettled(await central.client.message(id));
    });
    const seconds = (performance.now() - began) / 1000;
    const { size } = statSync(join(central.folder, 'data/bench/ship1/stream'));
    if (size !== bytes) throw new Error(`${size} bytes have arrived of ${bytes}`);

    const mib = Math.round(bytes / mebibyte);
    const ratios = (['ship1', 'ship2'] as const).flatMap((to): Figure[] => {
      const where = to === 'ship1' ? 'the same node' : 'another node';
      return [
        {
          name: `ping to ${where}, quiet, p50`,
          value: median(quiet[to]),
          unit: 'ms',
          limit: { name: 'request/reply', value: limits.request.p50 },
        },
        { name: `ping to ${where}, beside ${mib} MiB of output, p50`, value: median(busy[to]), unit: 'ms' },
        { name: `the same, p99`, value: quantile(busy[to], 0.99), unit: 'ms' },
        {
          name: `ping to ${where}, p50 as a ratio to a quiet pair`,
          value: median(busy[to]) / median(quiet[to]),
          unit: '×',
          goal: { atMost: 3 },
        },
      ];
    });
    return [
      { name: `${mib} MiB of output, from submission to the file`, value: bytes / 1e6 / seconds, unit: 'MB/s' },
      ...ratios,
      {
        name: `${mib} MiB of output, peak of the receiver of the command`,
        value: peakResidentMb(ship.pid()),
        unit: 'MB',
        goal: { atMost: boundMb },
      },
      {
        name: `${mib} MiB of output, peak of its sender`,
        value: peakResidentMb(central.pid()),
        unit: 'MB',
        goal: { atMost: boundMb },
      },
    ] satisfies readonly Figure[];
  },
};
