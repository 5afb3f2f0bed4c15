// Takes the next job of a lane: one message, or as many as may run together.
import { wireLane } from '../model/lane.ts';
import { inlineBodyBytes, replacesFile } from '../model/message.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';
import { dequeue, type Accepted, type InLane } from './in-lane.ts';

const pageRows = 256;
/** Messages of one job: of pure methods, and of those that write files. */
const maxTogether = 64;
const maxFileJobBytes = 1024 * 1024;

export function takeJob(context: Context, lane: InLane): readonly Accepted[] {
  const { methods } = context.options;
  const job: Accepted[] = [];
  let bytes = 0;
  for (let next = lane.queue[0]; next !== undefined; next = lane.queue[0]) {
    const kind = methods.kindOf(next.message.method);
    bytes += next.message.bodySize;
    const limit = kind === 'inline' || kind === 'file' ? maxTogether : 1;
    // What has its mark from an earlier life keeps it: it is not prepared again. What may run again holds up what comes after it.
    const alone =
      next.body === undefined ||
      job.some(({ message }) => message.id === next?.message.id) ||
      isDoubtful(context, next) ||
      next.record.mark !== null ||
      whyCancelled(context, next) !== null ||
      next.message.beyond !== undefined ||
      next.message.schedule !== undefined ||
      (next.message.methodRetries ?? 0) > 0;
    // What is appended has its place before the job runs: that would be another one once a file of the job is replaced. And orders of all kinds are in one lane.
    const [first] = job;
    const isMixed =
      first !== undefined &&
      (methods.kindOf(first.message.method) !== kind || replacesFile(first.message) !== replacesFile(next.message));
    if (job.length >= limit || isMixed || (job.length > 0 && (alone || bytes > maxFileJobBytes))) break;
    dequeue(lane);
    job.push(next);
    if (alone) break;
  }
  return job;
}

/** Nobody wants it any more, or the schedule that it is a run of: until its own row says so, too, that one tells. */
export function whyCancelled(context: Context, accepted: Accepted): string | null {
  return accepted.record.cancel ?? context.whyRunCancelled(accepted);
}

/** Accepted before this node lost part of its store: it may have run in the life that was lost. */
export function isDoubtful(context: Context, accepted: Accepted): boolean {
  return accepted.record.ord <= context.doubtfulInboxOrd && accepted.message.rerun === 'never';
}

/** Reads a page of what waits on disk into the lane's queue. */
export function loadQueue(context: Context, lane: InLane, then: () => void): void {
  lane.paging = true;
  lane.more = false;
  const { load } = lane;
  const page = {
    query: 'inbox-page' as const,
    from: lane.from,
    lane: lane.name,
    afterOrd: lane.lastOrd,
    limit: pageRows,
  };
  context.query(page, (records) => {
    if (lane.load !== load) return;
    lane.paging = false;
    if (records.length > 0) lane.more = true;
    const underWay = new Set(
      [...lane.jobs, ...lane.resting].flatMap((job) => job.accepted.map((accepted) => accepted.record.ord)),
    );
    for (const record of records) {
      lane.lastOrd = record.ord;
      // It has been taken up, and has not started yet.
      if (underWay.has(record.ord)) continue;
      const place = { from: record.from, to: context.node, lane: wireLane(record.lane) };
      const message = unpackHead(JSON.parse(record.head), place);
      const body = record.bodySize > inlineBodyBytes ? undefined : (record.body ?? new Uint8Array());
      lane.queue.push({ record, message, body });
      lane.queuedBytes += body?.length ?? 0;
    }
    then();
  });
}
