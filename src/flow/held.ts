// A receiver that takes nothing more for now: its inbox is full, or its disk. What waits for it stays where it is.
//
// Boundary. From: presence.ts, with every answer. To: the lanes, which neither give positions nor send meanwhile.
// 1. It is a hint: it decides when the next copy goes, never what has become of a message (custody rule 6).
// 2. After it, little is sent at first, and twice as much with every answer that takes some: what has no room there is not sent over
//    and over again.
// 3. Nothing is polled: the receiver says when it takes again, and everything goes on at once. In case that word is lost, it is
//    asked at pauses that grow from 10 s to 5 min, and only while something waits for it.
import { isPassing, type LaneName } from '../model/lane.ts';
import { heldPassing, heldRequests, storeStalled, type Ack } from '../wire/ack.ts';
import { ask, isWanted, stopExpecting } from './ask.ts';
import type { Context } from './context.ts';
import { isHeld } from './may-leave.ts';
import { maxWindowItems, type OutLane } from './out-lane.ts';
import { setPresence, type Peer } from './peer.ts';

const leastPauseMs = 10_000;
const mostPauseMs = 300_000;
const firstAllowance = 16;

const timerOf = (peer: Peer): string => `held:${peer.name}`;

/** What an answer says of it. Answers whether something may go that might not before. */
export function takeHeld(context: Context, peer: Peer, held: number): boolean {
  if (peer.held === held) {
    askLater(context, peer);
    return false;
  }
  const lanes = [...peer.lanes.values()];
  const before = new Map(lanes.map((lane) => [lane, isHeld(lane)]));
  peer.held = held;
  askLater(context, peer);
  let released = false;
  for (const lane of lanes) {
    if (before.get(lane) === isHeld(lane)) continue;
    // What was under way has been turned away, and goes again when it is taken.
    sendFromAcked(lane);
    if (isHeld(lane)) peer.allowance = firstAllowance;
    else released = true;
  }
  return released;
}

/** What an answer says of the processes that take its messages there. Answers whether one was started again. */
export function takeStopped(lane: OutLane, stopped: boolean): boolean {
  if (lane.stoppedThere === stopped) return false;
  lane.stoppedThere = stopped;
  sendFromAcked(lane);
  return !stopped;
}

function holdsUp(peer: Peer): boolean {
  if (peer.held !== 0) return true;
  for (const lane of peer.lanes.values()) if (lane.stoppedThere) return true;
  return false;
}

/** It has taken some of what was sent. Answers whether more may be sent now. */
export function allowMore(peer: Peer): boolean {
  if (peer.held !== 0 || peer.allowance === Infinity) return false;
  peer.allowance = peer.allowance * 2 > maxWindowItems ? Infinity : peer.allowance * 2;
  return true;
}

/** Nothing is known of it any more: its life is over, or it is away. */
export function dropHeld(context: Context, peer: Peer): void {
  peer.held = 0;
  peer.heldAsks = 0;
  context.cancelTimer(timerOf(peer));
}

/** To be called whenever something waits for a peer that may hold it up, and with every answer. */
export function askLater(context: Context, peer: Peer): void {
  if (!holdsUp(peer)) return dropHeld(context, peer);
  if (context.hasTimer(timerOf(peer))) return;
  const pauseMs = Math.min(mostPauseMs, leastPauseMs * 2 ** Math.min(peer.heldAsks, 10));
  context.timer(timerOf(peer), context.jitter(pauseMs), () => {
    if (!holdsUp(peer) || !isWanted(peer)) return;
    peer.heldAsks += 1;
    ask(context, peer);
  });
}

/** The word of a receiver whose store cannot write, or can again. It says nothing of lanes, nor of the life that sent it. */
export function onHint(context: Context, peer: Peer, ack: Ack): void {
  if (ack.hint !== peer.nonce) return;
  peer.heardAt = context.wall();
  stopExpecting(context, peer);
  peer.silences = 0;
  takeHeld(context, peer, ack.held ?? 0);
  // Also where the word that it could not write was lost: nobody waits for an answer any more.
  if ((peer.held & storeStalled) !== 0 || !isWanted(peer)) return;
  // What left meanwhile was not taken: all that has not been answered goes again, when it says where it stands.
  setPresence(context, peer, 'unknown');
  ask(context, peer);
}

/** What holds up this node's requests there, or what that is to carry. */
export function heldWord(peer: Peer, lane: LaneName): 'full' | 'stalled' | undefined {
  if ((peer.held & storeStalled) !== 0) return 'stalled';
  const bound = isPassing(lane, peer.name) ? heldPassing : heldRequests;
  return (peer.held & bound) === 0 ? undefined : 'full';
}

/** After a refusal: what has not been answered goes again. */
export function sendFromAcked(lane: OutLane): void {
  lane.sent = lane.acked;
  if (lane.transfer !== undefined) Object.assign(lane.transfer, { sent: lane.transfer.have, told: false });
}
