// A thousand nodes have ten thousand errors each, at once, and go on having some: what it costs central, and those who use it.
// Only when it is asked for by name: it takes four minutes.
import { quantile, type Figure } from '../figure.ts';
import type { CrowdFigures } from '../lab/crowd.ts';
import { openCrowd, type Crowd } from '../lab/open-crowd.ts';
import { peakResidentMb, residentMb } from '../lab/processes.ts';
import { checkCounts, followErrors, sumOf } from '../lab/told-errors.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { watchCentral, type Watched } from '../lab/watch-central.ts';
import type { BenchNode } from '../lab/bench-node.ts';
import type { Row } from './row.ts';

const burst = 10_000;
/** Repetitions are told a minute after the last new kind, which comes after 40 s. */
const stormSeconds = 95;
const calmMs = 30_000;
const settleMs = 5_000;

export const errorStorm: Row = {
  name: 'errors',
  onlyByName: true,
  async measure({ lab, scale, say }) {
    const nodes = scale(1_000);
    const { central } = await lab.pair();
    const crowd = await openCrowd({ brokerUrl: lab.brokerUrl, nodes });
    try {
      await waitUntil('central to know the crowd', 100, async () => {
        const known = await central.client.nodes();
        return known.filter(({ presence }) => presence === 'online').length > nodes;
      });
      await crowd.count({ each: burst });
      await pause(settleMs);
      say('calm');
      const watch = watchCentral(central);
      await pause(calmMs);
      const before = await watch.end();
      const resident = residentMb([central.pid()]);
      const { bytes = 0 } = (await central.client.info()).store;

      say('storm');
      const storm = await rage({ central, crowd, nodes });
      const grown = ((await central.client.info()).store.bytes ?? 0) - bytes;
      const { counted, during } = storm;
      say(`${counted.errors} errors in ${counted.messages} messages, the largest of ${counted.largestBody} bytes`);
      say(`of one processor: central before ${Math.round(before.processor)} %, then ${Math.round(during.processor)} %`);
      const name = `${nodes} nodes, ${burst} errors each at once, then 10/s`;
      return figuresOf(name, { before, resident, grown, peak: peakResidentMb(central.pid()), ...storm });
    } finally {
      await crowd.close();
    }
  },
};

interface Storm {
  readonly during: Watched;
  readonly counted: CrowdFigures;
  /** From the beginning until the first errors of all nodes were at central. */
  readonly burstSeconds: number;
  /** From the last error until all were. */
  readonly exactSeconds: number;
}

/** Throws where central's counts do not become those of the crowd, exactly. */
async function rage(of: {
  readonly central: BenchNode;
  readonly crowd: Crowd;
  readonly nodes: number;
}): Promise<Storm> {
  const { central, crowd, nodes } = of;
  const followed = followErrors(central.client);
  const watch = watchCentral(central);
  let mark = performance.now();
  const raging = crowd.storm({ seconds: stormSeconds });
  const firstsAtCentral = waitUntil('the first errors of every node', 20, () => {
    const sums = [...followed.sums().values()];
    return sums.filter((sum) => sum >= burst).length === nodes;
  }).then(() => (performance.now() - mark) / 1000);
  const [burstSeconds, counted] = await Promise.all([firstsAtCentral, raging]);
  mark = performance.now();
  const whole = Object.entries(counted.counted);
  await waitUntil('all counts at central', 50, () => {
    const sums = followed.sums();
    return whole.every(([node, codes]) => sums.get(node) === sumOf(codes));
  });
  const exactSeconds = (performance.now() - mark) / 1000;
  const during = await watch.end();
  await followed.end();
  await checkCounts(central.client, counted.counted);
  // What has left meanwhile is in its figures, too.
  return { during, counted: await crowd.figures(), burstSeconds, exactSeconds };
}

function figuresOf(
  name: string,
  of: Storm & { readonly before: Watched; readonly resident: number; readonly peak: number; readonly grown: number },
): readonly Figure[] {
  const { before, during, counted } = of;
  const against = (what: 'answers' | 'trips', share: number) => ({
    value: quantile(during[what], share),
    unit: 'ms' as const,
    limit: { name: 'before it', value: quantile(before[what], share) },
  });
  const { messages, bytes } = counted.worstMinute;
  return [
    { name: `${name}: central answers, p50`, ...against('answers', 0.5) },
    { name: `${name}: central answers, p99`, ...against('answers', 0.99), goal: { atMost: 1000 } },
    { name: `${name}: central answers, slowest`, ...against('answers', 1) },
    { name: `${name}: a command to another node and back, p50`, ...against('trips', 0.5) },
    { name: `${name}: a command to another node and back, slowest`, ...against('trips', 1) },
    { name: `${name}: messages of a node, its worst minute`, value: messages, unit: '/min', goal: { atMost: 10 } },
    { name: `${name}: all that a node sends, its worst minute`, value: bytes / 1000, unit: 'kB/min' },
    { name: `${name}: until the first ${burst} of each are at central`, value: of.burstSeconds, unit: 's' },
    { name: `${name}: from the last error until all counts are right`, value: of.exactSeconds, unit: 's' },
    {
      name: `${name}: peak of central`,
      value: of.peak,
      unit: 'MB',
      goal: { atMost: 150 },
      limit: { name: 'before it', value: of.resident },
    },
    { name: `${name}: growth of central's store`, value: of.grown / 1e6, unit: 'MB' },
    {
      name: `${name}: processor of central`,
      value: during.processor,
      unit: '%',
      limit: { name: 'before it', value: before.processor },
    },
    { name: `${name}: processor of the crowd itself`, value: counted.processor, unit: '%' },
  ];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
