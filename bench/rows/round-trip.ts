// cliCommand echo, from the message file on the socket to the answer in the file, one at a time: of a node that has just been
// started, and of one that has worked for a while.
import { quantile, type Figure } from '../figure.ts';
import { command } from '../lab/messages.ts';
import { measureRoundTrips } from '../lab/round-trip.ts';
import type { Row } from './row.ts';

/** After so many V8 has compiled most of what a trip needs: from here on it is as quick as it becomes. */
const warmTrips = 4_000;

export const roundTrip: Row = {
  name: 'round-trip',
  async measure({ lab, limits, scale, say }) {
    const { central } = await lab.pair();
    const message = command(['echo', 'hello'], { reply: 'fileAppend' });
    const measure = (count: number): Promise<readonly number[]> =>
      measureRoundTrips({ from: central, message, answerBytes: 6, count, warm: 0 });
    const first = await measure(scale(1_000));
    say(`round-trip: ${scale(warmTrips)} trips before the next is measured`);
    await measure(scale(warmTrips));
    const samples = await measure(scale(2_000));
    const limit = { name: 'bare spawn', value: limits.spawn.p50 };
    const name = 'cliCommand echo, submission to reply file';
    return [
      { name: `${name}, p50`, value: quantile(samples, 0.5), unit: 'ms', goal: { atMost: 5 }, limit },
      { name: `${name}, p99`, value: quantile(samples, 0.99), unit: 'ms', goal: { atMost: 12 }, limit },
      { name: 'the same, the first thousand of a node, p50', value: quantile(first, 0.5), unit: 'ms', limit },
      { name: 'the same, the first thousand of a node, p99', value: quantile(first, 0.99), unit: 'ms', limit },
    ] satisfies readonly Figure[];
  },
};
