// 10,000 cliCommand true at once, in one lane and unordered.
import type { Figure } from '../figure.ts';
import { drain } from '../lab/drain.ts';
import { command, many } from '../lab/messages.ts';
import type { Row } from './row.ts';

export const commands: Row = {
  name: 'commands',
  async measure({ lab, limits, scale }) {
    const figures: Figure[] = [];
    const count = scale(10_000);
    for (const unordered of [false, true]) {
      for (const reply of ['none', 'fileAppend'] as const) {
        const { central } = await lab.pair();
        // The executor is there, as it is wherever commands come often.
        await drain(central, many(20, command(['true'], { unordered, reply })));
        const drained = await drain(central, many(count, command(['true'], { unordered, reply })));
        const perSecond = (count / (reply === 'none' ? drained.finalMs : drained.handledMs)) * 1000;
        const order = unordered ? 'unordered' : 'in one lane';
        figures.push({
          name: `${count} × cliCommand true, ${order}, reply ${reply}`,
          value: perSecond,
          unit: '/s',
          goal: { atLeast: unordered ? 600 : 300 },
          limit: unordered
            ? { name: 'bare spawns', value: limits.spawn.perSecond }
            : { name: 'bare spawns, one by one', value: 1000 / limits.spawn.p50 },
        });
        await lab.clear();
      }
    }
    return figures;
  },
};
