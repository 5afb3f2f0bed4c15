// Reads from the disk where a lane stands, and does what has waited for that.
import type { Context } from './context.ts';
import type { InLane } from './in-lane.ts';

/** `goOn`: what it is read for may run. */
export function loadInLane(context: Context, lane: InLane, goOn: () => void): void {
  const { load } = lane;
  context.query({ query: 'inlane', from: lane.from, lane: lane.name }, (records) => {
    if (lane.load !== load) return;
    for (const record of records) {
      // A load that was under way when this node took a new incarnation must not bring old counts back.
      if (lane.standings.has(record.epoch) || lane.forget) continue;
      lane.standings.set(record.epoch, { now: record, durable: record });
    }
    lane.phase = 'ready';
    // One of them may make it begin anew: the others wait for that.
    while (lane.phase === 'ready' && lane.waiting.length > 0) lane.waiting.shift()?.(lane);
    goOn();
  });
}
