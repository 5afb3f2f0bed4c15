// 1,000 messages to a dead node, and what they cost a message to a live one.
import { median, type Figure } from '../figure.ts';
import { many, ping } from '../lab/messages.ts';
import { measureRoundTrips } from '../lab/round-trip.ts';
import { submit } from '../lab/submit.ts';
import type { Row } from './row.ts';

export const deadNode: Row = {
  name: 'dead-node',
  async measure({ lab, scale }) {
    const { central } = await lab.pair();
    const samples = () =>
      measureRoundTrips({
        from: central,
        message: ping({ reply: 'fileAppend' }),
        answerBytes: 5,
        count: scale(1000),
        warm: 100,
      });
    const empty = median(await samples());
    await submit(central.intake, many(1000, ping({ to: 'dead', reply: 'fileAppend' })));
    const full = median(await samples());
    return [
      { name: 'round trip of ping, outbox empty, p50', value: empty, unit: 'ms' },
      { name: 'round trip of ping, 1000 queued for a dead node, p50', value: full, unit: 'ms' },
      { name: 'the same as a ratio to the empty outbox', value: full / empty, unit: '×', goal: { atMost: 2 } },
    ] satisfies readonly Figure[];
  },
};
