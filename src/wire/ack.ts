// An ACK: where the receiver stands in a lane. Cumulative: it speaks for every position up to `last`.
import { invalid, type FrameContent } from './frame.ts';
import { fields, integer, lane, list, messageId, node, text, time, token, type Fields } from './field.ts';
import type { LaneName } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { LaneException } from '../model/record.ts';

export interface LaneStanding {
  readonly lane: LaneName;
  readonly epoch: string;
  /** Of the question or batch that this answers. */
  readonly nonce: string;
  readonly last: number;
  /** The chain tag at `last`. */
  readonly tag: string;
  /** Positions above the sender's base, up to `last`, that were not accepted. */
  readonly exceptions: readonly LaneException[];
  /** The process that takes its messages is stopped: nothing is accepted until it is started again. */
  readonly stopped?: boolean;
  /** The process that takes its messages crashed and began anew: what had been sent beyond `last` is to be sent again. */
  readonly anew?: boolean;
  /** Messages of the lane whose methods run now, and since when (wall ms of the receiver). */
  readonly running: readonly { readonly id: MessageId; readonly at: number }[];
}

/** How far the pieces of a large body have arrived. A hint: only the standing of a lane says that a message was accepted. */
export interface PieceStanding {
  readonly id: MessageId;
  readonly have: number;
}

export interface Ack {
  /** The receiver of the messages. */
  readonly from: NodeName;
  readonly to: NodeName;
  readonly incarnation: string;
  readonly boot: string;
  /** Of an ask without lanes, or of the newest question. */
  readonly nonce: string;
  /** Not empty: the receiver doubts that its store is whole, and asks for this to be echoed. */
  readonly challenge: string;
  /** What the receiver does not take of this sender for now: `heldRequests`, `heldReplies`, `storeStalled`, `heldPassing`, added. Absent: it takes all. */
  readonly held?: number;
  /**
   * If it is there, only `held` counts, in answer to the question of this nonce. A receiver that cannot write cannot look up its lanes
   * either, and an older sender, to whom `nonce` is empty then, is not to take this for an answer.
   */
  readonly hint?: string;
  readonly lanes: readonly LaneStanding[];
  readonly pieces: readonly PieceStanding[];
}

export const heldRequests = 1;
export const heldReplies = 2;
export const storeStalled = 4;
/** What it is to carry on. */
export const heldPassing = 8;
const allHeld = heldRequests + heldReplies + storeStalled + heldPassing;

export const maxExceptions = 256;
/** As numbers on the wire. */
const exceptionKinds = ['voided', 'rejected', 'forgotten'] as const;
/** Characters of an exception's reason: with as many exceptions as there may be, the ACK still fits its frame. */
export const maxExceptionReason = 200;
export const maxRunningNamed = 64;
const maxLanes = 256;
const maxPieces = 256;

export function ackFrame(ack: Ack): FrameContent {
  return {
    type: 'ack',
    head: JSON.stringify({
      f: ack.from,
      t: ack.to,
      i: ack.incarnation,
      b: ack.boot,
      n: ack.nonce,
      ...(ack.challenge === '' ? {} : { c: ack.challenge }),
      ...(ack.held === undefined ? {} : { u: ack.held }),
      ...(ack.hint === undefined ? {} : { d: ack.hint }),
      a: ack.lanes.map((standing) => ({
        l: standing.lane,
        e: standing.epoch,
        n: standing.nonce === ack.nonce ? undefined : standing.nonce,
        s: standing.last,
        g: standing.tag,
        x: standing.exceptions.length === 0 ? undefined : standing.exceptions.map(packException),
        h: standing.stopped === true ? 1 : undefined,
        a: standing.anew === true ? 1 : undefined,
        r: standing.running.length === 0 ? undefined : standing.running.map(({ id, at }) => [id, at]),
      })),
      ...(ack.pieces.length === 0 ? {} : { w: ack.pieces.map(({ id, have }) => [id, have]) }),
    }),
  };
}

function packException(exception: LaneException): readonly unknown[] {
  return [exception.position, exceptionKinds.indexOf(exception.kind), exception.reason];
}

export function readAck(value: unknown): Ack {
  const head = fields(value);
  const nonce = token(head, 'n');
  return {
    from: node(head, 'f'),
    to: node(head, 't'),
    incarnation: token(head, 'i'),
    boot: token(head, 'b'),
    nonce,
    challenge: token(head, 'c'),
    ...(head['u'] === undefined ? {} : { held: integer(head, 'u') & allHeld }),
    ...(head['d'] === undefined ? {} : { hint: token(head, 'd') }),
    lanes: list(head, 'a', maxLanes)
      .map(fields)
      .map((standing) => readStanding(standing, nonce)),
    pieces: list(head, 'w', maxPieces).map((entry) => {
      const [id, have] = pair(entry);
      return { id: messageId({ id }, 'id'), have: integer({ have }, 'have') };
    }),
  };
}

function readStanding(standing: Fields, nonce: string): LaneStanding {
  return {
    lane: lane(standing, 'l'),
    epoch: token(standing, 'e'),
    nonce: standing['n'] === undefined ? nonce : token(standing, 'n'),
    last: integer(standing, 's'),
    tag: token(standing, 'g'),
    exceptions: list(standing, 'x', maxExceptions).map(readException),
    ...(standing['h'] === 1 ? { stopped: true } : {}),
    ...(standing['a'] === 1 ? { anew: true } : {}),
    running: list(standing, 'r', maxRunningNamed).map((entry) => {
      const [id, at] = pair(entry);
      return { id: messageId({ id }, 'id'), at: time({ at }, 'at') };
    }),
  };
}

function readException(entry: unknown): LaneException {
  if (!Array.isArray(entry) || entry.length !== 3) throw invalid('an exception is no triple');
  const [position, kind, reason] = entry as unknown[];
  const named = typeof kind === 'number' ? exceptionKinds[kind] : undefined;
  if (named === undefined) throw invalid('an exception of an unknown kind');
  return {
    position: integer({ position }, 'position', 1),
    kind: named,
    reason: text({ reason }, 'reason', maxExceptionReason),
  };
}

function pair(entry: unknown): readonly [unknown, unknown] {
  if (!Array.isArray(entry) || entry.length !== 2) throw invalid('not a pair');
  return [entry[0], entry[1]];
}
