// What a message is, taken from the commit that brings it into being.
import type { OutboxRecord } from '../../src/model/record.ts';
import { isFinal, type MessageState } from '../../src/model/state.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { MethodName } from '../../src/model/method-name.ts';
import { isHeldLane, laneMethod, releasedLane, wireLane } from '../../src/model/lane.ts';
import { forbidden, type Machine } from '../world/machine.ts';
import type { MessageFacts } from './facts.ts';

interface Head {
  readonly t?: number;
  readonly c?: string;
  /** In the control lane. */
  readonly m?: string;
  readonly u?: number;
  readonly q?: {
    readonly i: string;
    readonly p?: number;
    readonly r?: number;
    readonly o?: { readonly s?: string; readonly f?: readonly [number, number, number] };
  };
  readonly b?: { readonly i: string; readonly s: MessageState };
  readonly h?: readonly string[];
  readonly S?: object;
}

export function messageFacts(
  machine: Machine,
  of: {
    readonly record: OutboxRecord;
    readonly ops: readonly StoreOp[];
    readonly sequence: number;
    readonly uptime: number;
  },
): MessageFacts {
  const { record, ops, sequence, uptime } = of;
  const head = JSON.parse(record.head) as Head;
  // A reply that gives way on its way is made there, in the name of its sender.
  const from = record.origin ?? machine.name;
  return {
    id: record.id,
    from,
    to: record.target ?? record.to,
    senders: [from, ...(head.h ?? [])],
    lane: releasedLane(record.lane),
    method: (head.m ?? laneMethod(wireLane(record.lane))) as MethodName,
    isReply: head.q !== undefined,
    isMadeOnWay: from !== machine.name,
    isWord: head.b !== undefined,
    endsOnWay: head.b !== undefined && isFinal(head.b.s) ? head.b.i : undefined,
    requestId: head.q?.i,
    part: head.q?.p,
    isSchedule: head.S !== undefined,
    run: head.q?.r,
    outcomeState: head.q === undefined ? undefined : (head.q.o?.s ?? 'succeeded'),
    streamed: head.q?.o?.f,
    mayRerun: record.rerun === 'always',
    methodRetries: head.u ?? 0,
    wantsAck: head.t !== 0,
    forbidden: head.c === forbidden,
    head: record.head,
    body: record.body ?? largeBody(record.id, ops),
    after: [],
    waitedInVain: false,
    sequence,
    queuedAt: machine.world.now,
    uptimeAt: uptime,
    spanMs: isHeldLane(record.lane) ? expiryOf(record.head) : spanOf(record.head),
    answered: false,
    hadPosition: record.position !== null,
    leftAt: undefined,
    carriedBy: new Set(from === machine.name ? [] : [machine.name]),
    accepts: [],
    runs: [],
    ends: new Set(),
    lastEnd: undefined,
    interrupted: false,
    cancelled: false,
    expiredAt: undefined,
  };
}

function largeBody(id: string, ops: readonly StoreOp[]): Uint8Array {
  const pieces = ops.flatMap((op) => (op.op === 'piece' && op.owner.box === 'out' && op.owner.id === id ? [op] : []));
  return Buffer.concat(pieces.sort((a, b) => a.index - b.index).map((piece) => piece.bytes));
}

/** How long it may be tried, from its own words: the checker does not take the flow's arithmetic for it. */
export function spanOf(head: string): number {
  const { t = 10_000, r = -1, w = 0 } = JSON.parse(head) as Record<string, number>;
  const x = expiryOf(head);
  return r < 0 || t === 0 ? x : Math.min(x, t * (r + 1) + w * r);
}

function expiryOf(head: string): number {
  return (JSON.parse(head) as Record<string, number>)['x'] ?? 30 * 86_400_000;
}
