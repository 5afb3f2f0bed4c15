// A request whose answer overtakes the word that it was accepted.
//
// 1. The answer says that the request was delivered, as far as people ask; the lane goes on by the word alone (I4).
// 2. Not of what others carry: each of them tells of it, and their words come before the answer (publish.ts).
import { isControl, isReplyLane, laneMethod, routeOf, type LaneName } from '../model/lane.ts';
import type { MessageId, ReplyTo } from '../model/message.ts';
import type { WaitingRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import type { Context } from './context.ts';
import { hasCaughtUp, type OutLane, type WindowItem } from './out-lane.ts';
import type { Peer } from './peer.ts';

/** Requests whose lanes were being read when their answers came. Of more, `delivered` may not be told. */
const maxUnseen = 1_000;

/** Answers the request, where nobody has been told that it was delivered. `peer`: who brings the answer. */
export function noteAnswered(context: Context, peer: Peer | undefined, to: ReplyTo): WindowItem | undefined {
  const lanes = [...(peer?.lanes.values() ?? [])].filter((lane) => mayBeIn(lane.name, to.method));
  const item = find(lanes, to.id);
  if (item === undefined && peer !== undefined && !lanes.every(hasCaughtUp)) noteUnseen(context, peer, to.id);
  if (item === undefined || item.told) return undefined;
  item.told = true;
  context.undo(() => (item.told = false));
  return item;
}

function mayBeIn(lane: LaneName, method: string): boolean {
  if (routeOf(lane) !== undefined) return false;
  return isControl(lane) || (laneMethod(lane) === method && !isReplyLane(lane));
}

function find(lanes: readonly OutLane[], id: MessageId): WindowItem | undefined {
  for (const { window } of lanes) {
    const item = window.find((one) => one.id === id);
    if (item !== undefined) return item;
  }
  return undefined;
}

function noteUnseen(context: Context, peer: Peer, id: MessageId): void {
  const unseen = (peer.unseenAnswers ??= new Set());
  const [oldest] = unseen;
  if (unseen.size >= maxUnseen && oldest !== undefined) unseen.delete(oldest);
  unseen.add(id);
  context.undo(() => unseen.delete(id));
}

/** Of a request that was read from the disk: whether it is over, as its row says, or an answer that came while it was being read. */
export function recallAnswer({ peer, name }: OutLane, item: WindowItem, { isReply, state }: WaitingRecord): void {
  const isOver = !isReply && routeOf(name) === undefined && isFinal(state);
  const unseen = peer.unseenAnswers?.delete(item.id) === true;
  item.answered = isOver || unseen;
  item.told = isOver && !unseen;
}
