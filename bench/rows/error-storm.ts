// A thousand nodes have ten thousand errors each, at once, and go on having some: what it costs central, and those who use it.
// Only when it is asked for by name: it takes four minutes.
import { quantile, type Figure } from '../figure.ts';
import type { BenchNode } from '../lab/bench-node.ts';
import type { CrowdFigures } from '../lab/crowd.ts';
import { openCrowd, type Crowd } from '../lab/open-crowd.ts';
import { peakResidentMb, residentMb } from '../lab/processes.ts';
import type { Sample } from '../lab/steadily.ts';
import { checkCounts, followErrors, sumOf } from '../lab/told-errors.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { watchCentral, type Watched } from '../lab/watch-central.ts';
import type { Row } from './row.ts';

const burst = 10_000;
/** So long only the burst is told. Then new kinds come, and central has as much to do as the kernels ever allow. */
const burstSeconds = 35;
/** Repetitions are told a minute after the last new kind, which comes after 50 s. */
const stormSeconds = 105;
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
      const { counted } = storm;
      say(`${counted.errors} errors in ${counted.messages} messages, the largest of ${counted.largestBody} bytes`);
      say(`a node sent ${counted.worstMinute.frames} frames in its worst minute`);
      const name = `${nodes} nodes, ${burst} errors each at once`;
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
  const began = performance.now();
  const raging = crowd.storm({ seconds: stormSeconds, newKindsAfterSeconds: burstSeconds });
  const burstAtCentral = waitUntil('the first errors of every node', 20, () => {
    const sums = [...followed.sums().values()];
    return sums.filter((sum) => sum >= burst).length === nodes;
  }).then(() => (performance.now() - began) / 1000);
  const [burstTook, told] = await Promise.all([burstAtCentral, raging]);
  const ended = performance.now();
  const whole = Object.entries(told.counted);
  await waitUntil('all counts at central', 50, () => {
    const sums = followed.sums();
    return whole.every(([node, codes]) => sums.get(node) === sumOf(codes));
  });
  const exactSeconds = (performance.now() - ended) / 1000;
  const during = await watch.end();
  await followed.end();
  await checkCounts(central.client, told.counted);
  // What has left meanwhile is in its figures, too.
  return { during, counted: await crowd.figures(), burstSeconds: burstTook, exactSeconds };
}

interface Measured extends Storm {
  readonly before: Watched;
  readonly resident: number;
  readonly peak: number;
  readonly grown: number;
}

function figuresOf(name: string, measured: Measured): readonly Figure[] {
  const { before, during, counted } = measured;
  const isEarly = ({ at }: Sample): boolean => at < burstSeconds * 1000;
  const { messages, bytes } = counted.worstMinute;
  const against = (value: number) => ({ name: 'before it', value });
  return [
    ...answerFigures(name, { before, samples: during.answers.filter(isEarly) }),
    ...answerFigures(`${name}, then new kinds`, { before, samples: during.answers.filter((one) => !isEarly(one)) }),
    ...([0.5, 1] as const).map((share) => ({
      name: `${name}, all of it: a command to another node and back, ${share === 1 ? 'slowest' : 'p50'}`,
      value: of(during.trips, share),
      unit: 'ms' as const,
      limit: against(of(before.trips, share)),
    })),
    { name: `${name}: until they are at central`, value: measured.burstSeconds, unit: 's' },
    { name: `${name}: from the very last until all counts are right`, value: measured.exactSeconds, unit: 's' },
    { name: 'messages of a node, its worst minute', value: messages, unit: '/min', goal: { atMost: 10 } },
    { name: 'all that a node sends, its worst minute', value: bytes / 1000, unit: 'kB/min' },
    {
      name: 'peak of central',
      value: measured.peak,
      unit: 'MB',
      goal: { atMost: 150 },
      limit: against(measured.resident),
    },
    { name: "growth of central's store", value: measured.grown / 1e6, unit: 'MB' },
    { name: 'processor of central', value: during.processor, unit: '%', limit: against(before.processor) },
    {
      name: 'processor that central had to wait for',
      value: during.starved,
      unit: '%',
      limit: against(before.starved),
    },
    { name: 'processor of the crowd', value: counted.processor, unit: '%' },
  ];
}

function answerFigures(
  name: string,
  { before, samples }: { readonly before: Watched; readonly samples: readonly Sample[] },
): readonly Figure[] {
  const figure = (what: string, share: number): Figure => ({
    name: `${name}: central answers, ${what}`,
    value: of(samples, share),
    unit: 'ms',
    limit: { name: 'before it', value: of(before.answers, share) },
  });
  return [figure('p50', 0.5), { ...figure('p99', 0.99), goal: { atMost: 1000 } }, figure('slowest', 1)];
}

function of(samples: readonly Sample[], share: number): number {
  return quantile(
    samples.map(({ ms }) => ms),
    share,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
