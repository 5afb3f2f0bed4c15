// Who is here: from hellos, answers and "no responders". Decides when lanes move, never what became of a message.
import type { Hello } from '../wire/hello.ts';
import type { Ack } from '../wire/ack.ts';
import type { NodeName } from '../model/node-name.ts';
import { answered, ask, expectAnswer, isWanted, stopExpecting } from './ask.ts';
import { confirm, keepPeer } from './confirm.ts';
import type { Context } from './context.ts';
import { askWhatRuns } from './missed-running.ts';
import { movePeer } from './move-peer.ts';
import { resendOvertaken } from './overtaken.ts';
import { unloadLane, type OutLane } from './out-lane.ts';
import { holdBack, isDoubled } from './doubled.ts';
import { allowMore, askLater, dropHeld, onHint, sendFromAcked, takeHeld, takeStopped } from './held.ts';
import { createPeer, isHeldBack, meanLife, measureRoundTrip, newConversation, setPresence, type Peer } from './peer.ts';
import { isRival, lifeOf, meetRival, overrule, type Life } from './rival.ts';
import { piecesStand } from './settle-body.ts';
import { settle } from './settle.ts';

export type Peers = Map<NodeName, Peer>;

/** Nodes remembered at most; beyond that, one of whom nothing is wanted is forgotten for each new one. */
const maxPeers = 100_000;
const maxStrangers = 3;
const sweepLeastMs = 1_000;
const sweepMostMs = 60_000;

export function peerOf(context: Context, peers: Peers, name: NodeName): Peer {
  const known = peers.get(name);
  if (known !== undefined) return known;
  if (peers.size >= maxPeers) forgetOne(context, peers);
  const peer = createPeer(context, name);
  peers.set(name, peer);
  return peer;
}

/** Of one that was only heard of, the store forgets it too: strangers cannot fill it. */
function forgetOne(context: Context, peers: Peers): void {
  for (const [name, peer] of peers) {
    if (peer.lanes.size > 0) continue;
    peers.delete(name);
    if (peer.confirmed === null) context.commit([{ op: 'peer-drop', name }]);
    return;
  }
}

/** Something waits for the peer: moves it now if the peer is here, or finds out. */
export function wake(context: Context, peer: Peer): void {
  if (!context.reaches(peer.name) || isHeldBack(context, peer)) return;
  askLater(context, peer);
  if (peer.presence === 'online') return movePeer(context, peer);
  // Of one who was away, the sweep asks; it ends where nothing waits.
  const isSwept = peer.presence === 'offline' && context.hasTimer(`sweep:${peer.name}`);
  if (!isSwept && peer.askedAt === undefined && peer.held === 0) ask(context, peer);
}

/** The peer is here, in a new conversation: what had been sent in the old one goes again from where it was answered. */
function becomesOnline(context: Context, peer: Peer): void {
  setPresence(context, peer, 'online');
  context.cancelTimer(`sweep:${peer.name}`);
  for (const lane of peer.lanes.values()) sendFromAcked(lane);
  movePeer(context, peer);
}

export function onHello(context: Context, peer: Peer, hello: Hello): void {
  const other = isRival(peer, hello);
  peer.heardAt = context.wall();
  if (!other) Object.assign(peer, { version: hello.version, groups: hello.groups ?? [] });
  context.notice({ type: 'heard', from: peer.name, boot: hello.boot });
  if (context.node === context.options.central && context.stalled === undefined) context.commit([keepPeer(peer)]);
  if (isHeldBack(context, peer)) return;
  if (other) return askKnown(context, peer, { life: hello, how: 'hello' });
  peer.strangers = 0;
  meanLife(context, peer, hello);
  stopExpecting(context, peer);
  peer.silences = 0;
  peer.toConfirm = mayHaveLost(peer);
  if (peer.confirmed === hello.incarnation || !isWanted(peer)) {
    becomesOnline(context, peer);
  } else {
    setPresence(context, peer, 'unknown');
  }
  const doubted = [...peer.lanes.values()].some((lane) => lane.doubted || lane.stoppedThere);
  if (peer.presence === 'unknown' || peer.toConfirm || doubted || peer.held !== 0) ask(context, peer);
}

/** Another one of its name has come: whether the one that is known goes on is asked before anything else leaves. */
function askKnown(context: Context, peer: Peer, other: { life: Life; how: 'hello' | 'answer' }): void {
  if (!meetRival(peer, other.life, other.how)) return;
  newConversation(context, peer);
  setPresence(context, peer, 'unknown');
  stopExpecting(context, peer);
  peer.silences = 0;
  peer.toConfirm = true;
  ask(context, peer);
}

/**
 * Whether this life may lack what the one that last answered had accepted: another incarnation does (custody rule 7), and
 * another boot may, where the store went back in time (rule 8). It is asked, even if nothing waits to be sent.
 */
function mayHaveLost(peer: Peer): boolean {
  if (peer.confirmed === null) return false;
  if (peer.confirmed !== peer.incarnation) return true;
  if (peer.confirmedBoot === peer.boot) return false;
  return [...peer.lanes.values()].some((lane) => lane.record.peerIncarnation !== null);
}

export function onNoResponders(context: Context, peer: Peer): void {
  stopExpecting(context, peer);
  setPresence(context, peer, 'offline');
  dropHeld(context, peer);
  // It will say hello when it comes: only what is to be sent is worth asking for.
  peer.toConfirm = false;
  peer.rival = undefined;
  for (const lane of peer.lanes.values()) leaveLane(lane);
  const wait = context.jitter(Math.min(sweepMostMs, sweepLeastMs * 2 ** Math.min(peer.silences, 10)));
  peer.silences += 1;
  context.timer(`sweep:${peer.name}`, wait, () => {
    if (peer.presence === 'offline' && isWanted(peer)) ask(context, peer);
  });
}

/** Nobody is there to be asked. What runs is told again by whoever comes back. */
function leaveLane(lane: OutLane): void {
  lane.runningMissed = false;
  lane.stoppedThere = false;
  unloadLane(lane);
}

/** The connection to the broker is gone, and with it what we knew of who is here. */
export function onLinkDown(context: Context, peers: Peers): void {
  for (const peer of peers.values()) {
    if (peer.name === context.node) continue;
    stopExpecting(context, peer);
    context.cancelTimer(`sweep:${peer.name}`);
    setPresence(context, peer, 'unknown');
    dropHeld(context, peer);
    peer.rival = undefined;
    peer.silences = 0;
    newConversation(context, peer);
    for (const lane of peer.lanes.values()) leaveLane(lane);
  }
}

export function onAck(context: Context, peer: Peer, ack: Ack): void {
  if (ack.hint !== undefined) return onHint(context, peer, ack);
  const standings = ack.lanes.filter((standing) => standing.nonce === peer.nonce);
  if (ack.nonce !== peer.nonce && standings.length === 0) return askWhatRuns(context, peer, ack);
  if (isRival(peer, ack) && !isHeldBack(context, peer))
    return askKnown(context, peer, { life: lifeOf(ack), how: 'answer' });
  peer.heardAt = context.wall();
  measureRoundTrip(context, peer);
  const goOn = (): void => wake(context, peer);
  if (isDoubled(context, peer, { boot: ack.boot, goOn })) return;
  if (ack.incarnation === peer.confirmed && overrule(context, peer)) return holdBack(context, peer, goOn);
  if (!isFromWhomWeMean(context, peer, ack)) return;
  if (ack.challenge !== '') return takeChallenge(context, peer, ack.challenge);
  peer.challenge = '';
  peer.toConfirm = false;
  const confirmed = confirm(context, peer, goOn);
  const news = confirmed || !peer.echoed;
  peer.echoed = true;
  let started = false;
  for (const { lane: name, stopped, anew } of standings) {
    const lane = peer.lanes.get(name);
    if (lane === undefined) continue;
    if (takeStopped(lane, stopped === true)) started = true;
    if (anew !== true) continue;
    sendFromAcked(lane);
    started = true;
  }
  const released = takeHeld(context, peer, ack.held ?? 0) || started;
  let moved = confirmed || peer.presence !== 'online';
  let more = released;
  for (const standing of standings) {
    const lane = peer.lanes.get(standing.lane);
    const settled = lane === undefined ? 'nothing' : settle(context, lane, standing);
    if (settled === 'doubt') {
      newConversation(context, peer);
      return askAgain(context, peer);
    }
    if (settled !== 'nothing') moved = true;
    if (settled === 'progress' && allowMore(peer)) more = true;
  }
  if (piecesStand(context, peer, ack.pieces)) moved = true;
  if (moved) answered(context, peer);
  if (peer.presence !== 'online') becomesOnline(context, peer);
  else if (news || more) movePeer(context, peer);
  resendOvertaken(context, peer);
  for (const lane of peer.lanes.values()) {
    const isMoving = lane.transfer !== undefined && lane.transfer.sent > lane.transfer.have;
    if (lane.sent > lane.acked || isMoving || lane.doubted || lane.runningMissed) return expectAnswer(context, peer);
  }
  answered(context, peer);
}

function isFromWhomWeMean(context: Context, peer: Peer, ack: Ack): boolean {
  if (peer.incarnation === '') {
    peer.incarnation = ack.incarnation;
    peer.boot = ack.boot;
    return true;
  }
  if (ack.incarnation === peer.incarnation && ack.boot === peer.boot) {
    peer.strangers = 0;
    return true;
  }
  meanLife(context, peer, ack);
  askAgain(context, peer);
  return false;
}

function takeChallenge(context: Context, peer: Peer, challenge: string): void {
  if (peer.challenge === challenge) return;
  peer.challenge = challenge;
  askAgain(context, peer);
}

/** Asks at once, but not for ever: two that answer in turns, or one that never fits, is asked at the pace of silence. */
function askAgain(context: Context, peer: Peer): void {
  setPresence(context, peer, 'unknown');
  stopExpecting(context, peer);
  peer.strangers += 1;
  if (peer.strangers <= maxStrangers) return ask(context, peer);
  peer.silences += 1;
  expectAnswer(context, peer);
}
