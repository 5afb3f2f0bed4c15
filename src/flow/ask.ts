// Asks a peer where it stands, and notices when it does not answer.
//
// 1. At most one question of a peer is outstanding, and each waits longer than the one before it (P6: nothing is polled).
// 2. A question is asked only where something waits for the peer, or where what it has may be lost.
import { isControl, laneMethod, routeOf } from '../model/lane.ts';
import { usualPriority } from '../model/message.ts';
import { ackSubject, messageSubject } from '../model/subject.ts';
import { askFrame, maxAskLanes } from '../wire/ask.ts';
import type { LanePoint } from '../wire/batch.ts';
import type { Context } from './context.ts';
import type { OutLane } from './out-lane.ts';
import { addressOf, answerTimeoutMs, isHeldBack, setPresence, type Peer } from './peer.ts';
import { noteUnanswered } from './rival.ts';

const timerOf = (peer: Peer): string => `silence:${peer.name}`;

/** Whether anything waits for this peer, or for its answer. What is being read from the disk does, too. */
export function isWanted(peer: Peer): boolean {
  if (peer.toConfirm) return true;
  for (const lane of peer.lanes.values()) {
    if (lane.process?.child.state === 'stopped') continue;
    if (lane.phase !== 'ready' || lane.more || lane.paging || lane.window.length > 0 || lane.buffer.length > 0)
      return true;
    if (lane.runningMissed) return true;
  }
  return false;
}

export function ask(context: Context, peer: Peer): void {
  if (!context.reaches(peer.name) || isHeldBack(context, peer)) return;
  listen(context, peer);
  const lanes = lanesToAsk(peer);
  // A node that does not know lanes with a route or a priority drops what names one: it is still asked for the others, and whether it is there.
  const added = lanes.filter(isNewer);
  const direct = lanes.filter((lane) => !isNewer(lane));
  if (added.length === 0) askOf(context, peer, lanes);
  // What answers a challenge is judged as one: lanes that are in order say nothing against a doubt about another. Every other time, should
  // nothing come back, it is only about those that every version knows.
  else if (peer.challenge !== '') askOf(context, peer, peer.silences % 2 === 1 ? direct : lanes);
  else for (const some of [direct, added]) askOf(context, peer, some);
  expectAnswer(context, peer);
}

function isNewer({ name, priority }: OutLane): boolean {
  return routeOf(name) !== undefined || (priority !== usualPriority && !isControl(name));
}

function askOf(context: Context, peer: Peer, lanes: readonly OutLane[]): void {
  const points = lanes.map((lane): LanePoint => ({ lane: lane.name, epoch: lane.record.epoch, base: lane.settled }));
  const method = laneMethod(lanes[0]?.name ?? 'ping');
  context.publish({
    subject: messageSubject({ to: peer.name, method, kind: 'CommandACK', from: context.node }),
    reply: ackSubject({ to: context.node, from: peer.name }),
    to: peer.name,
    content: askFrame({ ...addressOf(context, peer), lanes: points }),
  });
}

/**
 * Lanes whose standing is in question, the most doubtful first. Of a new boot, and of one that doubts its own store, all are
 * asked, so that it notices when that went back in time.
 */
function lanesToAsk(peer: Peer): readonly OutLane[] {
  const all = peer.confirmedBoot !== peer.boot || peer.challenge !== '';
  const rank = (lane: OutLane): number =>
    lane.doubted ? 2 : lane.window.length > 0 || lane.runningMissed || lane.stoppedThere ? 1 : 0;
  return (
    [...peer.lanes.values()]
      // What an earlier incarnation had settled says nothing of this one: it would doubt its store, and begin another, for ever.
      .filter((lane) => lane.phase === 'ready' && lane.record.peerIncarnation === peer.incarnation)
      .filter((lane) => all || rank(lane) > 0)
      .sort((a, b) => rank(b) - rank(a))
      .slice(0, maxAskLanes)
  );
}

/** From now on an answer is due. */
export function expectAnswer(context: Context, peer: Peer): void {
  if (peer.askedAt === undefined) {
    peer.askedAt = context.monotonic();
    context.undo(() => (peer.askedAt = undefined));
  }
  if (context.hasTimer(timerOf(peer))) return;
  context.timer(timerOf(peer), answerTimeoutMs(context, peer), () => {
    peer.silences += 1;
    // Who answers after a wait may be asked again at once: a stranger that has been here before costs one wait, not two.
    peer.strangers = 0;
    peer.askedAt = undefined;
    if (peer.presence === 'online') setPresence(context, peer, 'unknown');
    for (const lane of peer.lanes.values()) if (lane.sent > lane.acked) lane.silent = true;
    noteUnanswered(context, peer);
    if (isWanted(peer)) ask(context, peer);
  });
}

/** The peer has answered: the wait is over. */
export function answered(context: Context, peer: Peer): void {
  peer.silences = 0;
  context.cancelTimer(timerOf(peer));
}

export function stopExpecting(context: Context, peer: Peer): void {
  peer.askedAt = undefined;
  context.cancelTimer(timerOf(peer));
}

/** Hears of the peer's return before asking it, so that no hello falls between (design §5). */
export function listen(context: Context, peer: Peer): void {
  const { central } = context.options;
  if (peer.listening || peer.name === context.node || context.node === central || peer.name === central) return;
  peer.listening = true;
  context.undo(() => (peer.listening = false));
  context.listen(peer.name, true);
}

/** Who was not there is asked again at once. */
export function mayBeThere(context: Context, peer: Peer): void {
  if (peer.presence !== 'offline') return;
  context.cancelTimer(`sweep:${peer.name}`);
  peer.silences = 0;
  setPresence(context, peer, 'unknown');
}
