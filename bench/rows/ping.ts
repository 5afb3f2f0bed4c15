// 10,000 ping at once.
import { median, type Figure } from '../figure.ts';
import { drain } from '../lab/drain.ts';
import { many, ping } from '../lab/messages.ts';
import { peakResidentMb } from '../lab/processes.ts';
import type { Row } from './row.ts';

const rounds = 3;

export const pings: Row = {
  name: 'ping',
  async measure({ lab, limits, scale }) {
    const figures: Figure[] = [];
    const count = scale(10_000);
    const limit = { name: 'bare requests', value: limits.request.perSecond };
    for (const reply of ['none', 'fileAppend'] as const) {
      const { central, ship } = await lab.pair();
      const finals: number[] = [];
      const handled: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const drained = await drain(central, many(count, ping({ reply })));
        finals.push((count / drained.finalMs) * 1000);
        handled.push((count / drained.handledMs) * 1000);
      }
      const name = `${count} × ping, reply ${reply}`;
      figures.push({
        name,
        value: median(finals),
        unit: '/s',
        ...(reply === 'none' ? { goal: { atLeast: 5000 } } : {}),
        limit,
      });
      if (reply === 'fileAppend')
        figures.push({ name: `${name}, until all is in the file`, value: median(handled), unit: '/s', limit });
      figures.push({
        name: `${name}, peak of the sender`,
        value: peakResidentMb(central.pid()),
        unit: 'MB',
        goal: { atMost: 150 },
      });
      figures.push({
        name: `${name}, peak of the receiver`,
        value: peakResidentMb(ship.pid()),
        unit: 'MB',
        goal: { atMost: 150 },
      });
      await lab.clear();
    }
    return figures;
  },
};
