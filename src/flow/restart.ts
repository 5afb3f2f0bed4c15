// The start of a life: what the store holds is taken up again.
//
// 1. The boot is durable before anybody hears of it.
// 2. What had started is dealt with before anything runs: its processes are ended, and then it runs again where it may, or is `unknown`.
import { inlineBodyBytes } from '../model/message.ts';
import { isHeldLane, isLaneName, routeOf } from '../model/lane.ts';
import type { InboxRecord } from '../model/record.ts';
import type { ScheduleRecord } from '../model/schedule.ts';
import type { RestartState, StoreOp } from '../model/store-op.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { RunKey, RunRequest } from '../methods/run.ts';
import { restoreFormers } from './confirm.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import type { HearFirst } from './hear-first.ts';
import { beginIncarnation, tellDoubt } from './incarnation.ts';
import { createInLane, laneKey, type Accepted, type InLane, type InLanes } from './in-lane.ts';
import { dropUnended, isUnended } from './keep-output.ts';
import { outLaneOf } from './out-lane.ts';
import { peerOf, type Peers } from './presence.ts';
import type { Receiver } from './receive.ts';
import type { Bodies } from './receive-body.ts';
import type { Runner } from './run.ts';
import { cancelledResult, requestOf, runKey, unknownResult } from './run-request.ts';
import type { Schedules } from './schedule/schedules.ts';
import { subscriptionsKey } from './subscriptions.ts';

export interface Stages {
  readonly peers: Peers;
  readonly inLanes: InLanes;
  readonly bodies: Bodies;
  readonly runner: Runner;
  readonly receiver: Receiver;
  readonly hearFirst: HearFirst;
  readonly schedules: Schedules;
}

export function restart(context: Context, stages: Stages, ready: () => void): void {
  context.query({ query: 'restart' }, (state) => {
    takeUp(context, stages, state);
    const ops: StoreOp[] = [{ op: 'boot', boot: context.options.boot, at: context.wall() }];
    if (state.meta['incarnation'] === undefined)
      ops.push({ op: 'meta', key: 'incarnation', value: context.incarnation });
    if (state.meta['origin'] === undefined) ops.push({ op: 'meta', key: 'origin', value: context.origin });
    ops.push(...dropUnended(context, state.transfers));
    if (isShortened(state)) ops.push(...beginIncarnation(context), { op: 'meta', key: 'lost', value: '' });
    context.commit(ops, () => {
      tellDoubt(context, ops);
      const scheduled = new Set(state.schedules.map(({ ord }) => ord));
      const ended = state.started.filter((record) => !mayOutlive(context, record) && !scheduled.has(record.ord));
      const orphans = ended.map(({ from, id, lane, pid, pidStart }) => {
        const sender = routeOf(lane)?.from ?? from;
        return { key: `${sender}/${id}`, pid, pidStart };
      });
      if (orphans.length === 0) return begin(context, stages, { state, left: [], ready });
      context.endOrphans(orphans, (left) => begin(context, stages, { state, left, ready }));
    });
  });
}

/** The store has found out by itself that the end of what it held is gone. */
function isShortened(state: RestartState): boolean {
  return (state.meta['lost'] ?? '') !== '';
}

function takeUp(context: Context, stages: Stages, state: RestartState): void {
  context.incarnation = state.meta['incarnation'] ?? context.token();
  context.origin = state.meta['origin'] ?? context.incarnation;
  context.nodeTimeBase = Number(state.meta['nodeTime'] ?? 0) - Math.floor(context.monotonic());
  context.written.savedAt = Number(state.meta['nodeTime'] ?? 0);
  context.doubtfulInboxOrd = Number(state.meta['doubtfulInboxOrd'] ?? 0);
  context.doubtfulOutboxOrd = Number(state.meta['doubtfulOutboxOrd'] ?? 0);
  context.carries = state.carries;
  context.held.any = state.holds;
  context.held.due = state.holds;
  context.sendsByOthers = state.sendsByOthers;
  context.passagesDue = state.carries;
  context.subscriptions.restore(state.meta[subscriptionsKey]);
  context.foundOutboxOrd = state.lastOutboxOrd;
  // Replies are dropped when they are settled: the last that is there may be older than one of which there is a doubt.
  context.nextOutboxOrd = Math.max(state.lastOutboxOrd, context.doubtfulOutboxOrd) + 1;
  context.nextInboxOrd = state.lastInboxOrd + 1;
  context.ledger.restore(state);
  stages.receiver.boots = new Set([...state.boots, context.options.boot]);
  stages.bodies.restore(state.transfers.filter((record) => !isUnended(record)));
  for (const record of state.peers) {
    const peer = peerOf(context, stages.peers, record.name);
    peer.confirmed = record.incarnation;
    peer.confirmedBoot = record.boot;
    peer.incarnation = record.incarnation ?? '';
    peer.boot = record.boot ?? '';
    peer.heardAt = record.heardAt;
    peer.version = record.version;
    peer.groups = record.groups;
    restoreFormers(peer, state.meta);
  }
  for (const { to, lane } of state.outLanes) if (!isHeldLane(lane)) outLaneOf(peerOf(context, stages.peers, to), lane);
  if (state.soonestDeadline !== null) noteDeadline(context, stages.peers, state.soonestDeadline);
}

/** `left`: runs of an earlier life that cannot be ended. */
interface Beginning {
  readonly state: RestartState;
  readonly left: readonly RunKey[];
  readonly ready: () => void;
}

function begin(context: Context, stages: Stages, what: Beginning): void {
  const { state, left, ready } = what;
  const lanes = new Set<InLane>();
  const laneOf = (at: { from: string; lane: string }): InLane => {
    const key = laneKey(at.from, at.lane);
    const lane = stages.inLanes.get(key) ?? createInLane(at.from, at.lane, true);
    stages.inLanes.set(key, lane);
    lanes.add(lane);
    return lane;
  };
  for (const at of state.inLanes) laneOf(at);
  const interrupted = state.started.map((record) => ({ record, lane: laneOf(record) }));
  const { schedules, marked: putBack } = state;
  resume(context, stages, { interrupted, left: new Set(left), schedules, putBack }, () => {
    stages.hearFirst.begin(lanes);
    for (const lane of [...lanes].sort((one, other) => other.priority - one.priority)) context.loadInLane(lane);
    ready();
  });
}

/** What may run again goes back, with the files that it holds, into its lane's queue before the lane is read; the rest ends as `unknown`. */
function resume(
  context: Context,
  stages: Stages,
  what: {
    interrupted: readonly { record: InboxRecord; lane: InLane }[];
    left: ReadonlySet<RunKey>;
    schedules: readonly ScheduleRecord[];
    /** By an orderly stop: they are in their queues already. */
    putBack: readonly InboxRecord[];
  },
  then: () => void,
): void {
  const { schedules } = stages;
  const progress = new Map(what.schedules.map((one) => [one.ord, one.progress]));
  const again: StoreOp[] = [];
  const marked: RunRequest[] = [];
  for (const { record, lane } of what.interrupted) {
    if (!isLaneName(record.lane)) continue;
    const accepted = acceptedOf(context, record);
    if (accepted.message.schedule !== undefined && schedules.takeUp(lane, accepted, progress.get(record.ord))) continue;
    if (mayOutlive(context, record)) {
      stages.runner.jobs.goOnWith(lane, accepted);
      continue;
    }
    if (record.cancel !== null && !what.left.has(runKey(accepted.message))) {
      stages.runner.jobs.endWith(lane, accepted, cancelledResult(record.cancel));
    } else if (accepted.message.rerun === 'always' && record.cancel === null) {
      again.push({ op: 'inbox-again', ord: record.ord, begun: true, attempts: record.attempts });
      if (record.mark !== null && writesFile(context, accepted)) marked.push(runOf(accepted));
    } else stages.runner.jobs.endWith(lane, accepted, unknownResult('the node died while it ran'));
  }
  for (const record of what.putBack) {
    const accepted = isLaneName(record.lane) ? acceptedOf(context, record) : undefined;
    if (accepted !== undefined && writesFile(context, accepted)) marked.push(runOf(accepted));
  }
  context.commit(again, () => context.adopt(marked, then));
}

/** Its mark is a place in a file that it holds. */
function writesFile(context: Context, { message }: Accepted): boolean {
  return context.options.methods.kindOf(message.method) === 'file';
}

/** A command that is to end its own node goes on while there is none. */
function mayOutlive(context: Context, record: InboxRecord): boolean {
  return isLaneName(record.lane) && acceptedOf(context, record).message.endsNode === true;
}

function acceptedOf(context: Context, record: InboxRecord): Accepted {
  const message = unpackHead(JSON.parse(record.head), { from: record.from, to: context.node, lane: record.lane });
  return { record, message, body: record.bodySize > inlineBodyBytes ? undefined : (record.body ?? new Uint8Array()) };
}

/** As it is adopted: of a large body, only its size counts. */
function runOf(accepted: Accepted): RunRequest {
  return requestOf(accepted, accepted.body ?? new Uint8Array(accepted.message.bodySize));
}
