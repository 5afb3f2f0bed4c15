// Carries out an order to cancel: ends here what its sender does not want any more.
//
// Boundary. From: job-runner.ts (an order of the control lane). To: job-runner.ts, which ends the messages.
// 1. What has not started ends at once, as `cancelled`, with its reply; what runs is killed, and has ended before it is called so.
// 2. That it is not wanted is durable before the order has been carried out: whatever happens, it does not start again.
// 3. Of an order that means only what waits, what has started goes on.
// 4. Only messages of the sender of the order are meant. What is not here, or has ended, is left: its own answer tells.
// 5. Of what came twice (a store was lost) the one that is under way answers for both.
import { routeOf, wireLane } from '../model/lane.ts';
import { isMessageId } from '../model/id.ts';
import { maxFilterIds } from '../model/queue-filter.ts';
import { inlineBodyBytes, type Message } from '../model/message.ts';
import type { InboxRecord } from '../model/record.ts';
import type { RunResult } from '../methods/run.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';
import { createInLane, laneKey, type Accepted, type InLane, type InLanes } from './in-lane.ts';
import type { Cancelled, Jobs } from './job-runner.ts';
import { onlyWaiting } from './order-cancel.ts';
import { subscriberOf } from './subscriber.ts';

export interface CancelParts {
  readonly inLanes: InLanes;
  readonly jobs: Jobs;
}

export function cancelHere(
  context: Context,
  parts: CancelParts,
  order: { readonly message: Message; readonly done: (result: RunResult) => void },
): void {
  const { message, done } = order;
  const ids = message.args.filter(isMessageId).slice(0, maxFilterIds);
  const reason = message.description ?? `cancelled by ${message.from}`;
  const running = message.args[0] !== onlyWaiting;
  // From whom this node had the order it had them, too.
  const from = message.via?.at(-1) ?? message.from;
  context.query({ query: 'inbox-open', from, ids }, (found) => {
    const theirs = found.filter(({ lane }) => (routeOf(lane)?.from ?? from) === message.from);
    const lines = ids.map((id) => {
      const records = theirs.filter((record) => record.id === id).sort(startedFirst);
      for (const record of records.slice(1)) endCopy(context, parts, { record, running, reason });
      return `${id} ${endOne(context, parts, { record: records[0], running, reason })}\n`;
    });
    done(answer(lines.join('')));
  });
}

function startedFirst(one: InboxRecord, other: InboxRecord): number {
  const has = ({ state }: InboxRecord): number => (state === 'started' ? 0 : 1);
  return has(one) - has(other) || one.ord - other.ord;
}

function endCopy(
  context: Context,
  parts: CancelParts,
  of: { readonly record: InboxRecord; readonly running: boolean; readonly reason: string },
): void {
  const { record } = of;
  const waits = (): boolean =>
    parts.jobs.cancelCopy(laneIn(context, parts.inLanes, record), acceptedOf(context, record));
  if (record.state === 'started' || !waits()) endOne(context, parts, of);
}

function endOne(
  context: Context,
  parts: CancelParts,
  of: { readonly record: InboxRecord | undefined; readonly running: boolean; readonly reason: string },
): Cancelled | 'is not waiting here' {
  const { record, running, reason } = of;
  if (record === undefined) return 'is not waiting here';
  return (
    context.cancelSchedule(record.ord, { running, reason }) ?? cancelOne(context, parts, { record, running, reason })
  );
}

/** `record`: as the disk has it, and not ended. */
export function cancelOne(
  context: Context,
  parts: CancelParts,
  of: { readonly record: InboxRecord; readonly running: boolean; readonly reason: string },
): Cancelled {
  const { record, running, reason } = of;
  const lane = laneIn(context, parts.inLanes, record);
  return parts.jobs.cancel(lane, { accepted: acceptedOf(context, record), running, reason });
}

/** The lane in memory; one that is not there is read from the disk. */
export function laneIn(
  context: Context,
  inLanes: InLanes,
  { from, lane: name }: Pick<InboxRecord, 'from' | 'lane'>,
): InLane {
  const key = laneKey(from, name);
  const known = inLanes.get(key);
  if (known !== undefined) return known;
  const lane = createInLane(from, name, true);
  inLanes.set(key, lane);
  // A step of the lane: if it fails, or the one around it, the disk is asked once more.
  context.within(subscriberOf(context, lane), () => context.loadInLane(lane), undefined);
  return lane;
}

function acceptedOf(context: Context, record: InboxRecord): Accepted {
  const place = { from: record.from, to: context.node, lane: wireLane(record.lane) };
  const message = unpackHead(JSON.parse(record.head), place);
  return { record, message, body: record.bodySize > inlineBodyBytes ? undefined : (record.body ?? new Uint8Array()) };
}

function answer(text: string): RunResult {
  const stdout = Buffer.from(text);
  const outcome = { state: 'succeeded', stdoutBytes: stdout.length, stderrBytes: 0 } as const;
  return { outcome, stdout, stderr: new Uint8Array() };
}
