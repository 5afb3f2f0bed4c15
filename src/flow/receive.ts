// Frames that arrive: who may be meant by them, and which stage they go to.
//
// 1. A frame whose subject and content do not name the same sender, receiver, method and kind is dropped.
// 2. What is meant for another life of this node changes nothing and is answered with where this one stands.
// 3. A doubt about this node's own store is settled by a challenge, so that one stray frame changes nothing (custody rule 8).
import { laneMethod } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import { isMethodName } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import { parseSubject, type Kind, type ParsedSubject } from '../model/subject.ts';
import { readAck } from '../wire/ack.ts';
import { readAsk, type Ask } from '../wire/ask.ts';
import { readAddress, readBatch, type Address, type Batch } from '../wire/batch.ts';
import { fields } from '../wire/field.ts';
import { decodeFrame, type DecodedFrame } from '../wire/frame.ts';
import { readHello } from '../wire/hello.ts';
import { readPiece } from '../wire/piece.ts';
import { accept, acceptBatch, refusal, takesRoom, type Acceptance } from './accept.ts';
import { applyChange, newChange } from './change.ts';
import { placeReplies } from './answer.ts';
import type { Context } from './context.ts';
import { createInLane, forgetIdleLane, laneKey, maxInLanes, standingOf, type InLane, type InLanes } from './in-lane.ts';
import { loadInLane } from './load-in-lane.ts';
import { kindOf } from './publish.ts';
import { onAck, onHello, peerOf, type Peers } from './presence.ts';
import { greetCentral } from './say-hello.ts';
import { newIncarnation } from './incarnation.ts';
import { isStopped, subscriberOf } from './subscriber.ts';

/** Batches kept while their lane is being loaded; more are left to their senders' patience. */
const maxWaiting = 8;
const maxSeenIds = 4096;

/** A lane of a question, and how much of it the sender has settled. */
interface Point {
  readonly lane: InLane;
  readonly epoch: string;
  readonly base: number;
}

export class Receiver {
  private readonly context: Context;
  private readonly peers: Peers;
  private readonly inLanes: InLanes;
  private readonly parts: Acceptance;
  /** Ids of messages without ACK that were accepted lately: a copy is not run again. */
  private readonly seen = new Set<MessageId>();
  boots: ReadonlySet<string> = new Set();
  dropped = 0;

  constructor(context: Context, stages: { peers: Peers; inLanes: InLanes; parts: Acceptance }) {
    this.context = context;
    this.peers = stages.peers;
    this.inLanes = stages.inLanes;
    this.parts = stages.parts;
    context.loadInLane = (lane) => loadInLane(context, lane, () => this.parts.runner.loaded(lane));
  }

  /** Throws `invalid-frame` for what cannot be read. */
  receive(subject: string, bytes: Uint8Array): void {
    const route = parseSubject(subject);
    if (route === undefined) return this.drop('subject', subject);
    const frame = decodeFrame(bytes, this.context.options.seals);
    if (route.type === 'hello') return this.receiveHello(route, frame);
    if (route.to !== this.context.node) return this.drop('not for this node', subject);
    if (route.type === 'ack') return this.receiveAck(route, frame);
    this.receiveWork(route, frame);
  }

  private receiveHello(route: ParsedSubject & { type: 'hello' }, frame: DecodedFrame): void {
    if (frame.type !== 'hello') return this.drop('type', route.from);
    const hello = readHello(frame.head);
    if (hello.from !== route.from) return this.drop('sender', route.from);
    onHello(this.context, peerOf(this.context, this.peers, hello.from), hello);
    if (hello.from === this.context.options.central) greetCentral(this.context);
  }

  private receiveAck(route: ParsedSubject & { type: 'ack' }, frame: DecodedFrame): void {
    if (frame.type !== 'ack') return this.drop('type', route.from);
    const ack = readAck(frame.head);
    const peer = this.peers.get(ack.from);
    if (ack.from !== route.from || ack.to !== this.context.node || peer === undefined)
      return this.drop('sender', route.from);
    onAck(this.context, peer, ack);
  }

  private receiveWork(route: ParsedSubject & { type: 'message' }, frame: DecodedFrame): void {
    if (this.context.stopping) return;
    if (this.context.stalled !== undefined) return this.turnAwayAll(route, frame);
    if (frame.type === 'batch') {
      const batch = readBatch(frame.head, frame.tail);
      if (this.isMisrouted(route, batch) || laneMethod(batch.lane) !== route.method)
        return this.drop('route', route.from);
      if (!isOfKind(route.kind, batch)) return this.drop('kind', route.from);
      if (batch.epoch !== '') return this.receiveBatch(batch);
      if (this.isForThisLife(batch)) return this.acceptOnce(batch);
      return void this.parts.acknowledgements.owe(batch.from, batch.nonce);
    }
    if (frame.type === 'ask') {
      const ask = readAsk(frame.head);
      return this.isMisrouted(route, ask) ? this.drop('route', route.from) : this.receiveAsk(ask);
    }
    if (frame.type !== 'piece') return this.drop('type', route.from);
    const piece = readPiece(frame.head, frame.tail);
    if (this.isMisrouted(route, piece)) return this.drop('route', route.from);
    if (this.isForThisLife(piece)) this.parts.bodies.receive(piece);
    else this.parts.acknowledgements.owe(piece.from, piece.nonce);
  }

  /** Nothing can be written, nor looked up: that is said once in a conversation, and to every question. */
  private turnAwayAll(route: ParsedSubject & { type: 'message' }, frame: DecodedFrame): void {
    if (frame.type !== 'batch' && frame.type !== 'ask' && frame.type !== 'piece') return this.drop('type', route.from);
    const address = readAddress(fields(frame.head));
    if (this.isMisrouted(route, address)) return this.drop('route', route.from);
    const isNews = this.parts.room.noteStalled(address.from, address.nonce);
    if (isNews || frame.type === 'ask') this.parts.acknowledgements.sayHeld(address.from, address.nonce);
  }

  private isMisrouted(route: { from: NodeName; to: NodeName }, address: Address): boolean {
    return address.from !== route.from || address.to !== route.to;
  }

  private isForThisLife(address: Address): boolean {
    return address.incarnation === this.context.incarnation && address.boot === this.context.options.boot;
  }

  /** Its lanes are judged, and answered, together: one that is in order says nothing against a doubt about another. */
  private receiveAsk(ask: Ask): void {
    const { acknowledgements } = this.parts;
    const points: Point[] = [];
    const judge = (): void => {
      if (points.length < ask.lanes.length) return;
      if (this.isForThisLife(ask)) this.isDoubted(ask, points);
      this.parts.room.reconsider(ask.from, ask.nonce);
      acknowledgements.owe(ask.from, ask.nonce);
      for (const { lane, epoch, base } of points)
        acknowledgements.oweLane(ask.from, { lane: lane.name, epoch, nonce: ask.nonce, base });
    };
    if (ask.lanes.length === 0) return judge();
    for (const { lane: name, epoch, base } of ask.lanes) {
      this.whenLoaded(ask.from, name, (lane) => {
        lane.epoch = epoch;
        points.push({ lane, epoch, base });
        judge();
      });
    }
  }

  private receiveBatch(batch: Batch): void {
    this.whenLoaded(batch.from, batch.lane, (lane) => {
      lane.epoch = batch.epoch;
      if (!this.isForThisLife(batch) || this.isDoubted(batch, [{ lane, epoch: batch.epoch, base: batch.base }])) {
        this.parts.acknowledgements.oweLane(batch.from, { lane: batch.lane, epoch: batch.epoch, nonce: batch.nonce });
        return;
      }
      if (isStopped(this.context, lane)) {
        this.parts.acknowledgements.oweLane(batch.from, { lane: batch.lane, epoch: batch.epoch, nonce: batch.nonce });
        return;
      }
      const take = (): void => acceptBatch(this.context, this.parts, { lane, batch });
      this.context.within(subscriberOf(this.context, lane), take, undefined);
    });
  }

  /**
   * Whether the sender knows of something that this store has lost: a boot of this incarnation, or positions that were settled.
   * A first sign of it is answered with a challenge; when the sender echoes that, this node takes a new incarnation.
   */
  private isDoubted(address: Address, points: readonly Point[]): boolean {
    const { challenges } = this.parts.acknowledgements;
    const challenge = challenges.get(address.from);
    const echoed = challenge !== undefined && challenge === address.challenge;
    const lostBoot = address.known !== '' && !this.boots.has(address.known);
    const lostPositions = points.some((at) => at.base > standingOf(this.context, at.lane, at.epoch).now.last);
    if (!lostBoot && !lostPositions) {
      if (echoed) challenges.delete(address.from);
      return false;
    }
    if (echoed) newIncarnation(this.context, this.inLanes, this.parts);
    else if (challenge === undefined) this.parts.acknowledgements.challenge(address.from, this.context.token());
    return true;
  }

  /** A message that wants no ACK: no position, so a copy is known by its id alone, and only for a while. */
  private acceptOnce(batch: Batch): void {
    for (const item of batch.items) {
      if (item.type !== 'message' || this.seen.has(item.id) || refusal(this.context, batch.from, item) !== undefined)
        continue;
      // A message that wants an ACK has a position: without one it is none that its sender sent.
      if (item.message.ackTimeoutMs !== 0 || item.message.via !== undefined) continue;
      this.whenLoaded(batch.from, batch.lane, (lane) => {
        // A copy may have come while the lane was being loaded.
        if (this.seen.has(item.id) || isStopped(this.context, lane)) return;
        if (takesRoom(this.context, this.parts, { lane, item }) && !this.parts.room.has(batch.from, batch.lane)) {
          // It was handed over once, and is lost; its sender is told to keep the others.
          this.parts.room.turnAway(batch.from, batch.lane, batch.nonce);
          return void this.parts.acknowledgements.owe(batch.from, batch.nonce);
        }
        const take = (): void => {
          this.remember(item.id);
          const change = newChange();
          accept(this.context, this.parts, { lane, item, change });
          placeReplies(this.context, change);
          change.follow.push(() => this.parts.runner.runNext(lane));
          applyChange(this.context, change);
        };
        this.context.within(subscriberOf(this.context, lane), take, undefined);
      });
    }
  }

  private remember(id: MessageId): void {
    this.seen.add(id);
    this.context.undo(() => this.seen.delete(id));
    const oldest = this.seen.keys().next();
    if (this.seen.size > maxSeenIds && oldest.done !== true) this.seen.delete(oldest.value);
  }

  private whenLoaded(from: NodeName, name: string, then: (lane: InLane) => void): void {
    const key = laneKey(from, name);
    const known = this.inLanes.get(key);
    if (known?.phase === 'ready') return then(known);
    const lane = known ?? createInLane(from, name, false);
    if (lane.waiting.length < maxWaiting) lane.waiting.push(then);
    if (known !== undefined) return;
    if (this.inLanes.size >= maxInLanes) forgetIdleLane(this.inLanes);
    this.inLanes.set(key, lane);
    this.context.loadInLane(lane);
  }

  /** Counts what could not be used, and says so now and then. */
  drop(reason: string, what: string): void {
    this.dropped += 1;
    if (this.dropped === 1 || this.dropped % 1000 === 0)
      this.context.report('frame-dropped', 'a frame was dropped', {
        reason,
        what: what.slice(0, 200),
        dropped: this.dropped,
      });
  }
}

/** Whether the subject's kind is that of the batch. Of a method that is not known here, only the wish for an ACK is. */
function isOfKind(kind: Kind, batch: Batch): boolean {
  const acked = batch.epoch !== '';
  return isMethodName(laneMethod(batch.lane)) ? kind === kindOf(batch.lane, acked) : kind.endsWith('NACK') !== acked;
}
