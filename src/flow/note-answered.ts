// A request whose answer overtakes the word that it was accepted.
//
// 1. The answer says that the request was delivered, as far as people ask; the lane goes on by the word alone (I4).
import { isControl, isReplyLane, laneMethod, routeOf, type LaneName } from '../model/lane.ts';
import type { ReplyTo } from '../model/message.ts';
import type { WaitingRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import type { Context } from './context.ts';
import type { OutLane, WindowItem } from './out-lane.ts';
import type { Peer } from './peer.ts';

/** Answers the request, where nobody has been told that it was delivered. `peer`: who brings the answer. */
export function noteAnswered(context: Context, peer: Peer | undefined, to: ReplyTo): WindowItem | undefined {
  const item = underWay(peer, to);
  if (item === undefined || item.told) return undefined;
  item.told = true;
  context.undo(() => (item.told = false));
  return item;
}

/** Whether it is over, as its row says. Of what others carry one copy may be called unknown, and another be under way. */
export function isAnswered(lane: Pick<OutLane, 'name'>, { isReply, state }: WaitingRecord): boolean {
  const isOpenEnd = isReply || (state === 'unknown' && routeOf(lane.name) !== undefined);
  return isFinal(state) && !isOpenEnd;
}

function underWay(peer: Peer | undefined, { id, method }: ReplyTo): WindowItem | undefined {
  for (const lane of peer?.lanes.values() ?? []) {
    if (lane.window.length === 0 || !mayBeIn(lane.name, method)) continue;
    const item = lane.window.find((one) => one.id === id);
    if (item !== undefined) return item;
  }
  return undefined;
}

function mayBeIn(lane: LaneName, method: string): boolean {
  return isControl(lane) || (laneMethod(lane) === method && !isReplyLane(lane));
}
