// cliCommand echo, from the message file on the socket to the answer in the file, one at a time.
import { quantile, type Figure } from '../figure.ts';
import { command } from '../lab/messages.ts';
import { measureRoundTrips } from '../lab/round-trip.ts';
import type { Row } from './row.ts';

export const roundTrip: Row = {
  name: 'round-trip',
  async measure({ lab, limits, scale }) {
    const { central } = await lab.pair();
    const message = command(['echo', 'hello'], { reply: 'fileAppend' });
    const samples = await measureRoundTrips({ from: central, message, answerBytes: 6, count: scale(1000), warm: 100 });
    const limit = { name: 'bare spawn', value: limits.spawn.p50 };
    return [
      {
        name: 'cliCommand echo, submission to reply file, p50',
        value: quantile(samples, 0.5),
        unit: 'ms',
        goal: { atMost: 5 },
        limit,
      },
      {
        name: 'cliCommand echo, submission to reply file, p99',
        value: quantile(samples, 0.99),
        unit: 'ms',
        goal: { atMost: 12 },
        limit,
      },
    ] satisfies readonly Figure[];
  },
};
