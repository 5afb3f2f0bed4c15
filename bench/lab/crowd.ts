// The process of a crowd: a thousand nodes over a few connections to the broker, that have errors when they are told to.
//
// Job: as processes of their own a thousand nodes would need 66 GB. What central meets is the same: each node has its own
//      flow, kernel and subjects (crowd-node.ts), real time, and the project's NATS client, used as src/link/open-link.ts does.
// From and to: open-crowd.ts, one order at a time.
//
// 1. The first errors are counted before the storm: ten million reports take one processor half a minute, and central shall meet
//    a thousand nodes at once. The kernels have not been started yet, and tell all of them within a second of their start.
// 2. The kernels then believe that they have run for half an hour without an error: that is when they may send most.
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '../../src/base/clock.ts';
import type { Reported } from '../../src/model/error-report.ts';
import { CrowdNode, type Sent } from './crowd-node.ts';
import { sumOf, type Codes } from './told-errors.ts';

export interface CrowdFigures {
  /** By node. */
  readonly counted: Readonly<Record<string, Codes>>;
  /** Of one node, in the minute in which it sent most. */
  readonly worstMinute: { readonly messages: number; readonly frames: number; readonly bytes: number };
  readonly errors: number;
  readonly messages: number;
  /** Bytes, as it is before it is framed. */
  readonly largestBody: number;
  /** Of one processor, since the storm began, in %. */
  readonly processor: number;
}

export interface Storm {
  readonly seconds: number;
  /** When the first of four new kinds comes; with the burst, and the repetitions after them, they use up the allowance. */
  readonly newKindsAfterSeconds: number;
}

/** What may be asked of the process, and answered. */
export interface Orders {
  count(wanted: { readonly each: number }): Promise<void>;
  /** Answers when the last error has been reported. */
  storm(wanted: Storm): Promise<CrowdFigures>;
  figures(): Promise<CrowdFigures>;
}

const nodesPerConnection = 100;
const ageMs = 1_800_000;
const tickMs = 100;
/** Where it fails: each is a kind of its own. The later ones begin one after the other, on every node at once. */
const places = ['sea', 'port', 'strait', 'canal', 'river', 'dock'];
const firstPlaces = 2;
const newPlaceMs = 5_000;

/** Broker, and how many nodes. Answers orders until its parent leaves it. */
export async function runCrowd([brokerUrl = '', count = '']: readonly string[]): Promise<void> {
  const connections: NatsConnection[] = [];
  const nodes: CrowdNode[] = [];
  let aheadMs = 0;
  const kernelClock = { wall: () => systemClock.wall(), monotonic: () => systemClock.monotonic() + aheadMs };
  for (let number = 0; number < Number(count); number += 1) {
    if (number % nodesPerConnection === 0)
      connections.push(await connect({ servers: brokerUrl, reconnect: false, noAsyncTraces: true }));
    nodes.push(join({ name: `crowd${number}`, connection: connections.at(-1), kernelClock }));
  }
  await Promise.all(connections.map((connection) => connection.flush()));

  let since = { processor: process.cpuUsage(), began: performance.now() };
  const orders: Orders = {
    async count({ each }) {
      for (const node of nodes) {
        for (let number = 0; number < each; number += 1) node.report(failure(number, firstPlaces));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async storm({ seconds, newKindsAfterSeconds }) {
      since = { processor: process.cpuUsage(), began: performance.now() };
      aheadMs = ageMs;
      for (const node of nodes) node.startKernel();
      for (let tick = 1; tick * tickMs <= seconds * 1000; tick += 1) {
        const due = since.began + tick * tickMs - performance.now();
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due)));
        const newMs = tick * tickMs - newKindsAfterSeconds * 1000;
        const more = newMs < 0 ? 0 : 1 + Math.floor(newMs / newPlaceMs);
        const known = Math.min(places.length, firstPlaces + more);
        for (const node of nodes) node.report(failure(tick, known));
      }
      return figuresOf(nodes, since);
    },
    figures: () => Promise.resolve(figuresOf(nodes, since)),
  };
  process.on('message', (order: { readonly name: keyof Orders; readonly wanted: never }) => {
    void orders[order.name](order.wanted).then((answer) => process.send?.({ answer }));
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ answer: 'linked' });
}

function join(
  of: Pick<ConstructorParameters<typeof CrowdNode>[0], 'name' | 'kernelClock'> & {
    connection: NatsConnection | undefined;
  },
): CrowdNode {
  const { connection } = of;
  const node = new CrowdNode({
    ...of,
    publish: ({ subject, bytes, reply }) =>
      connection?.publish(subject, bytes, reply === undefined ? undefined : { reply }),
  });
  node.handle({ type: 'start' });
  for (const subject of node.flow.subjects()) {
    connection?.subscribe(subject, {
      callback: (error, { subject: of, data, headers }) => {
        if (error !== null) throw error;
        if (headers?.code === 503 && data.length === 0) node.handle({ type: 'no-responders', subject: of });
        else node.handle({ type: 'frame', subject: of, bytes: data });
      },
    });
  }
  node.handle({ type: 'link-up' });
  return node;
}

/** The `number`-th of a node: of as many places as are known by then. Of one node there are eight kinds in all. */
function failure(number: number, known: number): Reported {
  const place = number % known;
  return {
    code: number % 4 === 0 && place < firstPlaces ? 'busy' : 'internal',
    text: `attempt ${number} failed`,
    data: { where: places[place] },
  };
}

function figuresOf(
  nodes: readonly CrowdNode[],
  since: { readonly processor: NodeJS.CpuUsage; readonly began: number },
): CrowdFigures {
  const { user, system } = process.cpuUsage(since.processor);
  const most = (of: (node: CrowdNode) => number): number => Math.max(...nodes.map(of));
  const framesOf = ({ frames }: CrowdNode): readonly Sent[] => frames.filter(({ at }) => at >= since.began);
  return {
    counted: Object.fromEntries(nodes.map(({ name, counted }) => [name, counted])),
    worstMinute: {
      messages: most(({ messages }) => worst(messages, () => 1)),
      frames: most((node) => worst(framesOf(node), () => 1)),
      bytes: most((node) => worst(framesOf(node), ({ bytes }) => bytes)),
    },
    errors: nodes.reduce((sum, { counted }) => sum + sumOf(counted), 0),
    messages: nodes.reduce((sum, { messages }) => sum + messages.length, 0),
    largestBody: most(({ messages }) => Math.max(...messages.map(({ bytes }) => bytes))),
    processor: (user + system) / 10 / (performance.now() - since.began),
  };
}

/** The most in any 60 s. */
function worst(sent: readonly Sent[], weight: (one: Sent) => number): number {
  const from = (start: number): number =>
    sent.filter(({ at }) => at >= start && at < start + 60_000).reduce((sum, one) => sum + weight(one), 0);
  return Math.max(0, ...sent.map(({ at }) => from(at)));
}
