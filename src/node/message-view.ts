// A row of the outbox as people see it.
import type { MessageView } from '../contract/message-view.ts';
import { isHeldLane, laneMethod, wireLane } from '../model/lane.ts';
import type { Message, Outcome } from '../model/message.ts';
import { methodEntry } from '../model/method-name.ts';
import type { OutboxRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import type { Awaited } from '../store/held-rows.ts';
import { sentMessage } from './sent-message.ts';

export type Presence =
  'online' | 'offline' | 'unknown' | 'doubled' | 'full' | 'stalled' | 'stopped here' | 'stopped there';

export interface Surroundings {
  readonly node: string;
  readonly linkUp: boolean;
  readonly presenceOf: (name: string, lane: string) => Presence;
  /** Of one that waits for others to succeed: those that have not ended. */
  readonly awaited?: Awaited | undefined;
  /** What passes its answer on to another node. */
  readonly passedBy?: OutboxRecord | undefined;
}

export function messageView(record: OutboxRecord, around: Surroundings): MessageView {
  const message = sentMessage(record, around.node);
  const outcome = record.outcome === null ? undefined : (JSON.parse(record.outcome) as Outcome);
  const waiting = waitingFor(record, around);
  const reply = record.origin === null ? replyOf(message, { record, outcome }) : undefined;
  return {
    id: record.id,
    submission: record.submission,
    from: message.from,
    to: message.to,
    ...(message.via === undefined ? {} : { via: [...message.via] }),
    method: message.method,
    args: [...message.args],
    state: record.state,
    ...(waiting === undefined ? {} : { waiting }),
    queuedAt: record.queuedAt,
    ...(record.carriedAt === null ? {} : { carriedAt: record.carriedAt }),
    ...(record.deliveredAt === null ? {} : { deliveredAt: record.deliveredAt }),
    ...(record.runningAt === null ? {} : { runningAt: record.runningAt }),
    ...(record.endedAt === null ? {} : { endedAt: record.endedAt }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(record.reason === null ? {} : { reason: record.reason }),
    ...(around.passedBy === undefined ? {} : { reply: passedReply(around.passedBy) }),
    ...(reply === undefined ? {} : { reply }),
    history: history(record),
  };
}

/** Of `none` there is nothing to say, but where the reply failed, or output that came in parts is being kept. */
function replyOf(
  { method, reply, largeOutput }: Message,
  { record, outcome }: { record: OutboxRecord; outcome: Outcome | undefined },
): MessageView['reply'] {
  // How much came of a run whose end is not known, nobody has said.
  const mayHaveCome = outcome?.state === 'unknown' && (methodEntry(method).streams === true || largeOutput === true);
  const isKept = ((outcome?.streamed?.parts ?? 0) > 0 || mayHaveCome) && reply?.partsTo === undefined;
  if (reply === undefined || (reply.method === 'none' && !isKept && record.replyState !== 'failed')) return undefined;
  return {
    method: reply.method === 'none' && isKept ? 'output' : reply.method,
    state: record.replyState ?? 'pending',
    ...(record.replyAt === null ? {} : { at: record.replyAt }),
    ...(record.replyReason === null ? {} : { reason: record.replyReason }),
  };
}

function waitingFor(record: OutboxRecord, around: Surroundings): string | undefined {
  if (isFinal(record.state)) return undefined;
  if (record.wish === 'expired') return 'expiry to be confirmed';
  if (record.wish === 'cancelled') return `cancel asked, ${whoHas(record)} has to confirm`;
  if (record.state === 'carried') return `on its way, at ${record.hop ?? record.to}`;
  if (record.state !== 'queued') return record.state === 'delivered' ? 'turn' : undefined;
  if (isHeldLane(record.lane)) return afterText(around.awaited);
  if (!around.linkUp && record.to !== around.node) return 'link down';
  const word = waitingWords[around.presenceOf(record.to, record.lane)];
  return record.target === null || word === 'turn' ? word : `${record.to}: ${word}`;
}

function afterText({ first, count }: Awaited = { first: [], count: 0 }): string {
  if (count === 0) return 'turn';
  const more = count > first.length ? ` and ${count - first.length} more` : '';
  return `after ${first.join(', ')}${more}`;
}

/** How the message fares that passes an answer on. */
function passedReply({
  id,
  to,
  lane,
  state,
  endedAt,
  reason,
  outcome,
}: OutboxRecord): NonNullable<MessageView['reply']> {
  const how = isFinal(state) ? (state === 'succeeded' ? 'handled' : 'failed') : 'pending';
  const said = reason ?? (outcome === null ? undefined : whyOf(JSON.parse(outcome) as Outcome));
  const why = said === undefined ? state : `${state}, ${said}`;
  return {
    method: laneMethod(wireLane(lane)),
    to,
    id,
    state: how,
    ...(endedAt === null ? {} : { at: endedAt }),
    ...(how === 'failed' ? { reason: why } : {}),
  };
}

function whyOf({ reason, exitCode }: Outcome): string | undefined {
  return reason ?? (exitCode === undefined ? undefined : `exit code ${exitCode}`);
}

/** Where it is, while it is that. */
function noteOf({ state, hop, to }: OutboxRecord): { readonly note?: string } {
  return state === 'carried' ? { note: `by ${hop ?? to}` } : {};
}

function whoHas({ state, to, hop, target }: OutboxRecord): string {
  if (state === 'queued') return to;
  return state === 'carried' ? (hop ?? to) : (target ?? to);
}

const waitingWords: Readonly<Record<Presence, string>> = {
  online: 'turn',
  offline: 'node offline',
  unknown: 'answer of the node',
  doubled: 'two nodes have this name',
  'stopped here': 'its process here is stopped',
  'stopped there': 'its process there is stopped',
  full: 'receiver full',
  stalled: "receiver's disk full",
};

function history(record: OutboxRecord): MessageView['history'] {
  const { queuedAt, carriedAt, deliveredAt, runningAt, endedAt, state, reason } = record;
  return [
    { at: queuedAt, state: 'queued' as const },
    ...(carriedAt === null ? [] : [{ at: carriedAt, state: 'carried' as const, ...noteOf(record) }]),
    ...(deliveredAt === null ? [] : [{ at: deliveredAt, state: 'delivered' as const }]),
    ...(runningAt === null ? [] : [{ at: runningAt, state: 'running' as const }]),
    ...(endedAt === null ? [] : [{ at: endedAt, state, ...(reason === null ? {} : { note: reason }) }]),
  ];
}
