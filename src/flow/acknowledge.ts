// Collects the answers that are due and sends one ACK a sender, at the end of the handling of an event.
//
// 1. An ACK tells what is durable, and echoes the nonce of the question that it answers (I2, custody rules 4 and 6).
// 2. Each message that runs is named once at least, however many there are: so many of them in an ACK.
// 3. The word that a few messages were accepted may wait for `soonMs`, in which others join it. An answer may overtake it: what it would
//    say is in that, and nobody waits for it. Nothing else waits, nor does the first word of a conversation.
import type { LaneName } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { ackSubject } from '../model/subject.ts';
import { ackFrame, maxRunningNamed, type Ack, type LaneStanding } from '../wire/ack.ts';
import type { Context } from './context.ts';
import { laneKey, standingOf, type InLane, type InLanes } from './in-lane.ts';
import type { InboxRoom } from './inbox-room.ts';
import { isStopped } from './subscriber.ts';

/** Senders whose newest question is remembered, to tell them what runs. */
const maxNonces = 10_000;

/** How long the word that little was accepted waits for company: one frame for all of a busy moment, and none on the way of an answer. */
const soonMs = 20;

/** Lanes in one ACK; one whose exceptions are named has an ACK of its own. */
const lanesOfAck = 32;

interface Point {
  readonly lane: LaneName;
  readonly epoch: string;
  readonly nonce: string;
  /** Up to where the sender knows of everything; absent where that is not known. */
  readonly base?: number;
}

interface Due {
  nonce: string;
  readonly lanes: Map<string, Point>;
  readonly pieces: Map<MessageId, number>;
}

export class Acknowledgements {
  private readonly due = new Map<NodeName, Due>();
  /** What has been accepted and may wait to be told. */
  private readonly soon = new Map<NodeName, Map<string, Point>>();
  /** What each doubted sender has to echo. In memory only: a new life of this node challenges anew. */
  readonly challenges = new Map<NodeName, string>();
  /** The newest question of each sender. */
  private readonly nonces = new Map<NodeName, string>();
  private readonly context: Context;
  private readonly lanes: InLanes;
  private readonly room: InboxRoom;

  constructor(context: Context, lanes: InLanes, room: InboxRoom) {
    this.context = context;
    this.room = room;
    this.lanes = lanes;
  }

  /** Bounded like the questions: whoever is pushed out is challenged again when it asks again. */
  challenge(sender: NodeName, challenge: string): void {
    this.challenges.set(sender, challenge);
    const oldest = this.challenges.keys().next();
    if (this.challenges.size > maxNonces && oldest.done !== true) this.challenges.delete(oldest.value);
  }

  owe(to: NodeName, nonce: string): Due {
    const due = this.due.get(to) ?? { nonce, lanes: new Map(), pieces: new Map() };
    due.nonce = nonce;
    this.noteNonce(to, nonce);
    this.due.set(to, due);
    return due;
  }

  private noteNonce(of: NodeName, nonce: string): void {
    this.nonces.delete(of);
    this.nonces.set(of, nonce);
    const oldest = this.nonces.keys().next();
    if (this.nonces.size > maxNonces && oldest.done !== true) this.nonces.delete(oldest.value);
  }

  lastNonce(of: NodeName): string | undefined {
    return this.nonces.get(of);
  }

  oweLane(to: NodeName, point: Point): void {
    this.owe(to, point.nonce).lanes.set(`${point.lane} ${point.epoch}`, point);
  }

  /** The same, in a moment. */
  oweLaneSoon(to: NodeName, point: Point): void {
    // The first word of a conversation tells its sender how far away this node is.
    if (this.nonces.get(to) !== point.nonce) return this.oweLane(to, point);
    const points = this.soon.get(to) ?? new Map<string, Point>();
    points.set(`${point.lane} ${point.epoch}`, point);
    this.soon.set(to, points);
    this.noteNonce(to, point.nonce);
    const key = `ack:${to}`;
    if (!this.context.hasTimer(key)) this.context.timer(key, soonMs, () => this.takeSoon(to));
  }

  /** A batch is about to leave for this node: what waits to be told goes before it. */
  sendSoon(to: NodeName): void {
    if (!this.takeSoon(to)) return;
    const due = this.due.get(to);
    this.due.delete(to);
    if (due !== undefined) this.send(to, due);
  }

  /** Nothing waits any more: the node stops, or has lost its link. */
  endWaiting(): void {
    for (const to of this.soon.keys()) this.takeSoon(to);
  }

  private takeSoon(to: NodeName): boolean {
    const points = this.soon.get(to);
    if (points === undefined) return false;
    this.soon.delete(to);
    this.context.cancelTimer(`ack:${to}`);
    for (const [key, point] of points) {
      // Each answers its own question: another that came meanwhile may be of a stranger.
      const due = this.due.get(to) ?? { nonce: point.nonce, lanes: new Map(), pieces: new Map() };
      if (!due.lanes.has(key)) due.lanes.set(key, point);
      this.due.set(to, due);
    }
    return true;
  }

  owePiece(to: NodeName, piece: { id: MessageId; have: number; nonce: string }): void {
    this.owe(to, piece.nonce).pieces.set(piece.id, piece.have);
  }

  flush(): void {
    // Twice in every step: to clear a map makes garbage, also where it is empty.
    if (this.due.size === 0) return;
    for (const [to, due] of this.due) {
      this.takeSoon(to);
      this.send(to, due);
    }
    this.due.clear();
  }

  /** One ACK, or several where their lanes would not fit one frame. */
  private send(to: NodeName, due: Due): void {
    if (this.context.stalled !== undefined) this.room.noteStalled(to, due.nonce);
    // Of a lane that is being read there is nothing to tell yet.
    const standings = [...due.lanes.values()]
      .filter((point) => this.lanes.get(laneKey(to, point.lane))?.phase !== 'loading')
      .map((point) => this.standing(to, point));
    for (const point of due.lanes.values()) this.noteToldAnew(this.lanes.get(laneKey(to, point.lane)));
    const plain = standings.filter((standing) => standing.exceptions.length === 0);
    const excepted = standings.filter((standing) => standing.exceptions.length > 0);
    const pieces = [...due.pieces].map(([id, have]) => ({ id, have }));
    const parts = [...chunks(plain, lanesOfAck), ...chunks(excepted, 1)];
    if (parts.length === 0) parts.push([]);
    parts.forEach((lanes, index) => {
      this.publish(to, { nonce: due.nonce, lanes, pieces: index === 0 ? pieces : [] });
    });
  }

  private noteToldAnew(lane: InLane | undefined): void {
    if (lane?.anew !== true || lane.phase === 'loading') return;
    lane.anew = false;
    this.context.undo(() => (lane.anew = true));
  }

  /** Word of a store that cannot write, or can again: without lanes, which could not be looked up (wire/ack). */
  sayHeld(to: NodeName, nonce: string): void {
    this.publish(to, { nonce: '', hint: nonce, lanes: [], pieces: [] });
  }

  private publish(to: NodeName, ack: Pick<Ack, 'nonce' | 'hint' | 'lanes' | 'pieces'>): void {
    const held = this.room.heldOf(to);
    if (held !== 0) this.room.noteTold(to);
    this.context.publish({
      subject: ackSubject({ to, from: this.context.node }),
      to,
      content: ackFrame({
        from: this.context.node,
        to,
        incarnation: this.context.incarnation,
        boot: this.context.options.boot,
        challenge: this.challenges.get(to) ?? '',
        ...(held === 0 ? {} : { held }),
        ...ack,
      }),
    });
  }

  /** Those that no ACK has named come first. Where there are more of them than one takes, another one follows. */
  private nameRunning(from: NodeName, { running }: InLane, point: Point): LaneStanding['running'] {
    const fresh = [...running].filter(([, { named }]) => !named);
    const known = [...running].filter(([, { named }]) => named);
    const told = [...fresh, ...known].slice(0, maxRunningNamed);
    for (const [, one] of told) one.named = true;
    if (fresh.length > told.length && !this.context.stopping) this.oweLaneSoon(from, point);
    return told.map(([id, { at }]) => ({ id, at }));
  }

  private standing(from: NodeName, point: Point): LaneStanding {
    const lane = this.lanes.get(laneKey(from, point.lane));
    const durable =
      lane === undefined ? { last: 0, tag: '', exceptions: [] } : standingOf(this.context, lane, point.epoch).durable;
    const running = lane === undefined ? [] : this.nameRunning(from, lane, point);
    const stopped = lane !== undefined && isStopped(this.context, lane);
    const anew = lane?.anew === true;
    return {
      ...point,
      ...(stopped ? { stopped } : {}),
      ...(anew ? { anew } : {}),
      last: durable.last,
      tag: durable.tag,
      exceptions: durable.exceptions.filter(
        ({ kind, position }) => kind !== 'forgotten' || position > (point.base ?? 0),
      ),
      running,
    };
  }
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_none, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
