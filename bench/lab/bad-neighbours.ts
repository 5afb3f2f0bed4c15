// Thirty lanes that behave badly, each in its own way, for as long as a measurement takes.
//
// From: the row `neighbours`. To: the intakes of their senders, as anybody's messages.
// 1. What they do they do until `end`; what goes wrong with them otherwise rejects there.
// 2. Choices come from one seed.
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../src/base/random.ts';
import type { BenchNode } from './bench-node.ts';
import { finalState } from './final-state.ts';
import { command, many } from './messages.ts';
import { submit } from './submit.ts';

/** By its sender: who does what is in the row. */
export interface BadLanes {
  /** Their lane `cliCommand` has a command that never ends, and two behind it. */
  readonly hang: readonly BenchNode[];
  /** Their lane `cliCommand` has one command after the other, which end as they should, with an exit code, or by a signal. */
  readonly die: readonly BenchNode[];
  /** Their lane `fileAppend` has a message every so often; its process on the receiver crashes. */
  readonly crash: readonly BenchNode[];
  /** Their lane `cliCommand*` has commands that write without end. */
  readonly pour: readonly BenchNode[];
  /** Their lane `fileAppend` is given thousands of messages at once, again and again. */
  readonly heap: readonly BenchNode[];
}

export interface BadNeighbours {
  /** Ids of the commands that never end. */
  readonly hung: readonly string[];
  /** From now on processes that were stopped are left so. */
  readonly leaveStopped: () => void;
  /** Comes back when nothing more is sent. */
  readonly end: () => Promise<void>;
}

const dieEveryMs = 1000;
const crashEveryMs = 1000;
/** Until the bound of output, 16 MiB, which takes a part of a second: one lane after the other, one every six seconds. */
const pourEveryMs = 30_000;
/** One lane after the other, one every six seconds. */
const heapSize = 2000;
const heapEveryMs = 30_000;
const reviveEveryMs = 10_000;

const ends = ['exit 0', 'exit 3', 'kill -SEGV $$', 'kill -KILL $$', 'kill -ABRT $$'] as const;
const line = { toNode: 'ship1', method: 'fileAppend', data: 'line\n', directory: 'bench', fileName: 'lines' };

export async function startBadNeighbours(
  lanes: BadLanes,
  of: { readonly operator: BenchNode; readonly ship: BenchNode },
): Promise<BadNeighbours> {
  const random = seededRandom(50);
  const over = new AbortController();
  const { signal } = over;
  setMaxListeners(0, signal);
  /** The senders begin one after the other within the pace. */
  const each = (senders: readonly BenchNode[], everyMs: number, act: (from: BenchNode) => Promise<unknown>) =>
    senders.map(async (from, index) => {
      try {
        await pause((index * everyMs) / senders.length, undefined, { signal });
        while (!signal.aborted) await Promise.all([act(from), pause(everyMs, undefined, { signal })]);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    });
  const toTheEnd = async (from: BenchNode, message: object): Promise<void> => {
    const [id = ''] = await submit(from.intake, [message]);
    await finalState(from, id, signal);
  };
  const die = (from: BenchNode): Promise<void> => {
    const end = ends[Math.floor(random.next() * ends.length)] ?? ends[0];
    return toTheEnd(from, command(['sh', '-c', end], { reply: 'none' }));
  };
  const pour = (from: BenchNode): Promise<void> =>
    toTheEnd(from, { ...command(['yes'], { unordered: true, reply: 'none' }), methodTimeout: 60 });
  const heapUp = async (from: BenchNode): Promise<void> => {
    const ids = await submit(from.intake, many(heapSize, line));
    await finalState(from, ids.at(-1) ?? '', signal);
  };
  let revives = true;
  const revive = async (operator: BenchNode): Promise<void> => {
    if (!revives) return;
    const stopped = (await of.ship.client.processes()).filter(({ state }) => state === 'stopped');
    for (const { process } of stopped) {
      const start = { method: 'opProcessStart', methodArgs: process.split(' '), replyMethod: 'none' };
      await submit(operator.intake, [{ toNode: 'ship1', ...start }]);
    }
  };

  const hung = await Promise.all(lanes.hang.map(hang));
  const loops = Promise.all([
    ...each(lanes.die, dieEveryMs, die),
    ...each(lanes.crash, crashEveryMs, (from) => submit(from.intake, [line])),
    ...each(lanes.pour, pourEveryMs, pour),
    ...each(lanes.heap, heapEveryMs, heapUp),
    ...each([of.operator], reviveEveryMs, revive),
  ]);
  // Told by `end`.
  loops.catch(() => undefined);
  return {
    hung,
    leaveStopped: () => (revives = false),
    async end() {
      over.abort();
      await loops;
    },
  };
}

async function hang(from: BenchNode): Promise<string> {
  const endless = { ...command(['sleep', 'infinity'], { reply: 'none' }), methodTimeout: -1 };
  const [id = ''] = await submit(from.intake, [endless, ...many(2, command(['true'], { reply: 'none' }))]);
  return id;
}
