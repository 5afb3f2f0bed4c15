// A small steady load in many lanes: each sends one message every so often, whatever has become of those before it.
//
// 1. A message that takes long does not make its lane send less: it would hide what the next ones had waited.
// 2. The lanes take turns evenly within the pace, so that the load is the same at every moment.
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchNode } from './bench-node.ts';
import { finalState } from './final-state.ts';
import { submit } from './submit.ts';

export interface PacedLane {
  readonly from: BenchNode;
  readonly message: object;
}

export interface PacedLoad {
  readonly lanes: readonly PacedLane[];
  readonly everyMs: number;
  /** Messages of each lane. */
  readonly count: number;
}

/** Milliseconds from submission to final state, of every message. Throws if one does not succeed. */
export async function measurePaced({ lanes, everyMs, count }: PacedLoad): Promise<readonly number[]> {
  const began = performance.now();
  const one = async (lane: PacedLane, dueMs: number): Promise<number> => {
    await pause(Math.max(0, began + dueMs - performance.now()));
    return measureOne(lane);
  };
  return Promise.all(
    lanes.flatMap((lane, index) =>
      Array.from({ length: count }, (_none, round) => one(lane, (round + index / lanes.length) * everyMs)),
    ),
  );
}

async function measureOne({ from, message }: PacedLane): Promise<number> {
  const began = performance.now();
  const [id = ''] = await submit(from.intake, [message]);
  const { state } = await finalState(from, id);
  if (state !== 'succeeded') throw new Error(`${id} from ${from.name} is ${state}`);
  return performance.now() - began;
}
