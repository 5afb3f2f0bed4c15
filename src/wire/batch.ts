// A batch: consecutive messages of one lane, from the position `first` on. A batch without a lane epoch carries messages
// that want no ACK; they have no position.
import { longestSpanMs } from '../base/span.ts';
import { invalid, type FrameContent } from './frame.ts';
import { fields, integer, lane, list, node, span, token, type Fields } from './field.ts';
import { unpackHead } from './message-head.ts';
import type { LaneName } from '../model/lane.ts';
import type { Message, MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { isMessageId } from '../model/id.ts';

/** What every question and every batch says: who asks whom, and which life of the receiver is meant. */
export interface Address {
  readonly from: NodeName;
  readonly to: NodeName;
  /** Incarnation and boot of the receiver that this is meant for; empty where they are not known yet. */
  readonly incarnation: string;
  readonly boot: string;
  /** The boot by which the sender last knew the receiver, where it is not `boot`; empty otherwise. */
  readonly known: string;
  /** Names the conversation. An answer must echo it. */
  readonly nonce: string;
  /** Echo of the receiver's challenge, or empty. */
  readonly challenge: string;
}

export interface LanePoint {
  readonly lane: LaneName;
  readonly epoch: string;
  /** Up to here the sender has settled everything, durably. */
  readonly base: number;
}

export function packAddress(address: Address): Record<string, unknown> {
  return {
    f: address.from,
    t: address.to,
    ri: address.incarnation,
    rb: address.boot,
    ...(address.known === '' ? {} : { k: address.known }),
    n: address.nonce,
    ...(address.challenge === '' ? {} : { c: address.challenge }),
  };
}

export function readAddress(head: Fields): Address {
  return {
    from: node(head, 'f'),
    to: node(head, 't'),
    incarnation: token(head, 'ri'),
    boot: token(head, 'rb'),
    known: token(head, 'k'),
    nonce: token(head, 'n'),
    challenge: token(head, 'c'),
  };
}

export interface BatchItemOut {
  readonly id: MessageId;
  readonly voided: boolean;
  /** JSON of the message (packHead). */
  readonly head: string;
  /** The small body, or empty: a large one has gone ahead in pieces. */
  readonly body: Uint8Array;
  /** Of what its receiver is to carry on: so long may it still take, ms. */
  readonly leftMs?: number;
  /** Of the same: it goes again since a store was lost, and may have run. */
  readonly mayHaveRun?: boolean;
}

export interface BatchOut extends Address, LanePoint {
  readonly first: number;
  /** The chain tag before `first`. */
  readonly tag: string;
  readonly items: readonly BatchItemOut[];
}

export function batchFrame(batch: BatchOut): FrameContent {
  const head = JSON.stringify({
    ...packAddress(batch),
    l: batch.lane,
    e: batch.epoch,
    b: batch.base,
    s: batch.first,
    g: batch.tag,
  });
  const items = batch.items.map(({ id, voided, head: itemHead, body, leftMs, mayHaveRun }) => {
    if (voided) return `["${id}"]`;
    // A store that was put back knows of less time that has passed.
    const left = leftMs === undefined ? '' : `,${Math.min(leftMs, longestSpanMs)}${mayHaveRun === true ? ',1' : ''}`;
    return `[${body.length},${itemHead}${left}]`;
  });
  return {
    type: 'batch',
    head: `${head.slice(0, -1)},"m":[${items.join(',')}]}`,
    tail: batch.items.filter((item) => !item.voided && item.body.length > 0).map((item) => item.body),
  };
}

export type BatchItem =
  | { readonly type: 'void'; readonly id: MessageId }
  | {
      readonly type: 'message';
      readonly id: MessageId;
      readonly message: Message;
      readonly head: string;
      readonly body: Uint8Array;
      readonly leftMs?: number;
      readonly mayHaveRun?: boolean;
    }
  /** It has a place in the lane, but is no message that this node understands. */
  | { readonly type: 'invalid'; readonly id: MessageId; readonly reason: string };

export interface Batch extends Address, LanePoint {
  readonly first: number;
  readonly tag: string;
  readonly items: readonly BatchItem[];
}

const maxItems = 4096;

export function readBatch(value: unknown, tail: Uint8Array): Batch {
  const head = fields(value);
  const address = readAddress(head);
  const place = { from: address.from, to: address.to, lane: lane(head, 'l') };
  let offset = 0;
  const items = list(head, 'm', maxItems).map((entry): BatchItem => {
    if (!Array.isArray(entry)) throw invalid('an item is no list');
    if (entry.length === 1) return { type: 'void', id: itemId(entry[0]) };
    const size = integer({ size: entry[0] as unknown }, 'size');
    if (size > tail.length - offset) throw invalid('cut in a body');
    const body = tail.subarray(offset, offset + size);
    offset += size;
    const left = entry[2] === undefined ? {} : { leftMs: span({ left: entry[2] as unknown }, 'left') };
    const ran = entry[3] === 1 ? { mayHaveRun: true } : {};
    return { ...readItem(entry[1], body, place), ...left, ...ran };
  });
  if (offset !== tail.length) throw invalid('bytes left over');
  return {
    ...address,
    lane: place.lane,
    epoch: token(head, 'e'),
    base: integer(head, 'b'),
    first: integer(head, 's'),
    tag: token(head, 'g'),
    items,
  };
}

function itemId(value: unknown): MessageId {
  if (typeof value !== 'string' || !isMessageId(value)) throw invalid('an item without an id');
  return value;
}

function readItem(
  value: unknown,
  body: Uint8Array,
  place: { from: NodeName; to: NodeName; lane: LaneName },
): BatchItem {
  const id = itemId(fields(value)['i']);
  try {
    const message = unpackHead(value, place);
    if (body.length > 0 && body.length !== message.bodySize)
      throw invalid('a body of another length than its message says');
    return { type: 'message', id, message, head: JSON.stringify(value), body };
  } catch (error) {
    return { type: 'invalid', id, reason: error instanceof Error ? error.message : String(error) };
  }
}
