// What a node costs that has nothing to do: time to start, memory of all its processes, processor.
import { median, quantile, type Figure } from '../figure.ts';
import { drain } from '../lab/drain.ts';
import { command, many } from '../lab/messages.ts';
import { processTree, processorMs, residentMb } from '../lab/processes.ts';
import type { Row } from './row.ts';

const idleMs = 10_000;
const settleMs = 15_000;

export const idle: Row = {
  name: 'idle',
  async measure({ lab, limits, scale }) {
    const starts: number[] = [];
    const lone = lab.node('ship1');
    for (let round = 0; round < Math.max(5, scale(20)); round += 1) {
      starts.push(await lone.start());
      await lone.stop();
    }
    await lab.clear();
    const { central, ship } = await lab.pair();
    await pause(3000);
    const fresh = residentMb(processTree(ship.pid()));
    // V8 tidies up once, some 8 s after the start; what is measured is what a node costs from then on.
    await pause(settleMs);
    const tree = processTree(ship.pid());
    const [from, before] = [performance.now(), processorMs(tree)];
    await pause(idleMs);
    const processor = ((processorMs(tree) - before) / (performance.now() - from)) * 100;
    await drain(central, many(100, command(['true'], { reply: 'none' })));
    await pause(3000);
    const used = residentMb(processTree(ship.pid()));
    const start = { name: 'bare Node', value: limits.node.startMs };
    const memory = { name: 'bare Node', value: limits.node.residentMb };
    return [
      {
        name: 'start until intake answers, p50',
        value: median(starts),
        unit: 'ms',
        goal: { atMost: 400 },
        limit: start,
      },
      { name: 'start until intake answers, slowest', value: quantile(starts, 1), unit: 'ms', limit: start },
      { name: 'idle node, resident', value: fresh, unit: 'MB', goal: { atMost: 80 }, limit: memory },
      {
        name: 'idle node after 100 commands, executor and all, resident',
        value: used,
        unit: 'MB',
        goal: { atMost: 80 },
        limit: memory,
      },
      { name: 'idle node, processor, once it has settled', value: processor, unit: '%', goal: { atMost: 0.05 } },
    ] satisfies readonly Figure[];
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
