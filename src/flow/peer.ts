// What this node knows of another one that it sends to: presence, and the life that the next copy is meant for.
//
// 1. Incarnation and boot are hints until an answer from them has echoed `nonce`; only `confirmed` counts for custody.
// 2. A new conversation (a new nonce) begins with every connection and every change of whom we mean; `echoed` is of this one.
import type { GroupName } from '../model/group.ts';
import type { LaneName } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Address } from '../wire/batch.ts';
import type { Context } from './context.ts';
import { maxWindowItems, type OutLane } from './out-lane.ts';
import type { Round } from './overtaken.ts';
import type { Rival } from './rival.ts';

export interface Peer {
  readonly name: NodeName;
  presence: 'unknown' | 'online' | 'offline';
  /** Wall times, for people. */
  since: number;
  heardAt: number;
  version: string | null;
  groups: readonly GroupName[];
  /** The life that we mean; empty while unknown. */
  incarnation: string;
  boot: string;
  /** The incarnation that last answered a question of ours; durable. */
  confirmed: string | null;
  /** The boot of that answer; durable too. */
  confirmedBoot: string | null;
  /** What the peer wants echoed because it doubts its own store. */
  challenge: string;
  nonce: string;
  /** An answer has echoed `nonce`: the life that we mean is here. */
  echoed: boolean;
  /** Its life may have changed: an answer is wanted, although nothing waits to be sent. */
  toConfirm: boolean;
  /** Monotonic time of the oldest question or batch without an answer. */
  askedAt: number | undefined;
  /** Smoothed round trip, with the receiver's disk in it. */
  roundTripMs: number | undefined;
  /** The shortest of this conversation: how far it is, without what keeps it busy. */
  leastRoundTripMs: number | undefined;
  /** Of the first answer of the conversation: only of that it is sure what it answers. */
  firstRoundTripMs: number | undefined;
  /** Requests whose answers came while their lanes were being read (note-answered.ts). */
  unseenAnswers: Set<MessageId> | undefined;
  /** Questions without an answer in a row. */
  silences: number;
  /** Boots that have answered us, the newest last. One that answers again after another has is proof of two that run at once. */
  readonly answeredBoots: string[];
  /** Two nodes have this name: nothing is sent before this monotonic time (custody rule 8). */
  doubledUntil: number;
  /** Incarnations that it had before, and were given up (custody rule 7); the newest last; durable. */
  formers: readonly string[];
  /** Somebody else of this name is here, and it is being asked who goes on (rival.ts). */
  rival: Rival | undefined;
  /** Boots of others that answered while the known one did, the newest last. */
  readonly overruled: string[];
  /** Times in a row that somebody else than the one we meant has answered. */
  strangers: number;
  listening: boolean;
  /** What it does not take for now (wire/ack): a hint of this life of it. */
  held: number;
  /** Messages of a lane under way at most, since it turned some away: doubled with every answer that takes some. */
  allowance: number;
  /** Times that it was asked since, in a row. */
  heldAsks: number;
  /** How its lanes stood when something that has not been answered yet had not left. */
  round: Round;
  readonly lanes: Map<LaneName, OutLane>;
  /** The same, in the order in which they go: the operator's orders, then by priority. */
  readonly inOrder: OutLane[];
  /** Its lanes do not all have the same priority, orders aside. */
  isRanked: boolean;
  /** Of the look with this number. */
  first: { readonly at: number; readonly lane: OutLane | undefined };
  /** Lanes that could send, but for one that goes before them. */
  readonly outranked: Set<OutLane>;
  /** The one that went before all of these when they were looked at last. */
  heldBy: OutLane | undefined;
}

export function createPeer(context: Context, name: NodeName): Peer {
  return {
    name,
    presence: 'unknown',
    since: context.wall(),
    heardAt: 0,
    version: null,
    groups: [],
    incarnation: '',
    boot: '',
    confirmed: null,
    confirmedBoot: null,
    challenge: '',
    nonce: context.token(),
    echoed: false,
    toConfirm: false,
    askedAt: undefined,
    roundTripMs: undefined,
    leastRoundTripMs: undefined,
    firstRoundTripMs: undefined,
    unseenAnswers: undefined,
    silences: 0,
    answeredBoots: [],
    doubledUntil: 0,
    formers: [],
    rival: undefined,
    overruled: [],
    strangers: 0,
    listening: false,
    held: 0,
    allowance: Infinity,
    heldAsks: 0,
    round: new Map(),
    lanes: new Map(),
    inOrder: [],
    isRanked: false,
    first: { at: -1, lane: undefined },
    outranked: new Set(),
    heldBy: undefined,
  };
}

export function setPresence(context: Context, peer: Peer, presence: Peer['presence']): void {
  if (peer.presence === presence) return;
  peer.presence = presence;
  peer.since = context.wall();
}

/** Answers to what was asked before no longer count. */
export function newConversation(context: Context, peer: Peer): void {
  peer.nonce = context.token();
  peer.echoed = false;
  peer.leastRoundTripMs = undefined;
  peer.firstRoundTripMs = undefined;
  peer.round = new Map();
}

/** Means another life of the peer from now on: what the old one still says no longer counts. */
export function meanLife(context: Context, peer: Peer, life: { incarnation: string; boot: string }): void {
  if (peer.boot !== life.boot) peer.held = 0;
  peer.incarnation = life.incarnation;
  peer.boot = life.boot;
  newConversation(context, peer);
  peer.challenge = '';
  peer.askedAt = undefined;
}

/** How every question, batch and piece for this peer begins. */
export function addressOf(context: Context, peer: Peer): Address {
  const known = peer.confirmedBoot;
  return {
    from: context.node,
    to: peer.name,
    incarnation: peer.incarnation,
    boot: peer.boot,
    known: known !== null && known !== peer.boot && peer.confirmed === peer.incarnation ? known : '',
    nonce: peer.nonce,
    challenge: peer.challenge,
  };
}

/** So many take a receiver some 10 ms, with the sync. */
const leastUnderWay = 128;
const underWayPerMs = 8;
const leastTimeoutMs = 1_000;
const mostTimeoutMs = 60_000;

/** How long to wait for an answer: from the measured round trip, doubled with every silence, with jitter. */
export function answerTimeoutMs(context: Context, peer: Peer): number {
  const base = Math.max(leastTimeoutMs, (peer.roundTripMs ?? leastTimeoutMs) * 4);
  return context.jitter(Math.min(mostTimeoutMs, base * 2 ** Math.min(peer.silences, 10))) + leastTimeoutMs / 2;
}

export function measureRoundTrip(context: Context, peer: Peer): void {
  if (peer.askedAt === undefined) return;
  const sample = context.monotonic() - peer.askedAt;
  peer.firstRoundTripMs ??= sample;
  peer.leastRoundTripMs = Math.min(sample, peer.leastRoundTripMs ?? sample);
  peer.roundTripMs = peer.roundTripMs === undefined ? sample : peer.roundTripMs * 0.875 + sample * 0.125;
  peer.askedAt = undefined;
}

/** To pack a small frame saves some 100 bytes: much on a thin link, nothing on one that is as short as this, where it takes longer than they do (ADR 0036). */
const nearMs = 10;

export function isNear(peer: Peer | undefined): boolean {
  return (peer?.firstRoundTripMs ?? Infinity) < nearMs;
}

/**
 * Messages of a lane that are under way at most. Far away there have to be many, or the link is idle most of the time; near by they only
 * stand before those of other lanes.
 */
export function underWayAtMost({ allowance, leastRoundTripMs = 0 }: Peer): number {
  return Math.min(allowance, maxWindowItems, Math.max(leastUnderWay, Math.round(leastRoundTripMs * underWayPerMs)));
}

/** Nothing is sent to a name that two nodes have. */
export function isHeldBack(context: Context, peer: Peer): boolean {
  return context.monotonic() < peer.doubledUntil;
}
