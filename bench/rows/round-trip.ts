// cliCommand echo, from the message file on the socket to the answer in the file, one at a time: of a node that has just been
// started, and of one that has worked for a while. In turns with the same trip without Steward: how quick a machine is at what is not
// in its caches changes from minute to minute.
import { quantile, type Figure } from '../figure.ts';
import { command } from '../lab/messages.ts';
import { measureRoundTrips, type RoundTrips } from '../lab/round-trip.ts';
import { openBareTrip } from '../limits/bare-trip.ts';
import type { Row } from './row.ts';

/** After so many V8 has compiled most of what a trip needs: from here on it is as quick as it becomes. */
const warmTrips = 4_000;
/** Turns, of so many trips each way. */
const turns = 20;
const tripsOfTurn = 100;

export const roundTrip: Row = {
  name: 'round-trip',
  async measure({ lab, scale, say }) {
    const { central } = await lab.pair();
    const bare = await openBareTrip(lab);
    const message = command(['echo', 'hello'], { reply: 'fileAppend' });
    const measure = (count: number, from: RoundTrips['from'] = central): Promise<readonly number[]> =>
      measureRoundTrips({ from, message, answerBytes: 6, count, warm: 0 });
    const first = await measure(scale(1_000));
    say(`round-trip: ${scale(warmTrips)} trips before the next is measured`);
    await measure(scale(warmTrips));
    await measure(scale(500), bare);
    const [samples, bareSamples]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < turns; turn += 1) {
      samples.push(...(await measure(scale(tripsOfTurn))));
      bareSamples.push(...(await measure(scale(tripsOfTurn), bare)));
    }
    await bare.close();
    const limit = (share: number) => ({ name: 'without Steward', value: quantile(bareSamples, share) });
    const name = 'cliCommand echo, submission to reply file';
    return [
      { name: `${name}, p50`, value: quantile(samples, 0.5), unit: 'ms', goal: { atMost: 5 }, limit: limit(0.5) },
      { name: `${name}, p99`, value: quantile(samples, 0.99), unit: 'ms', goal: { atMost: 12 }, limit: limit(0.99) },
      {
        name: 'the same, the first thousand of a node, p50',
        value: quantile(first, 0.5),
        unit: 'ms',
        limit: limit(0.5),
      },
      {
        name: 'the same, the first thousand of a node, p99',
        value: quantile(first, 0.99),
        unit: 'ms',
        limit: limit(0.99),
      },
    ] satisfies readonly Figure[];
  },
};
