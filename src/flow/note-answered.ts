// An answer that overtakes the word that its request was accepted.
//
// 1. It says that the request was delivered, as far as people ask; the lane goes on by the word alone (I4).
import { isPassing, isReplyLane } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { Context } from './context.ts';
import type { Peer } from './peer.ts';

/** Whether the answer is the first word of it. Where others carry it, it has been delivered by them: that they have taken it says nothing more. */
export function noteAnswered(context: Context, peer: Peer | undefined, id: MessageId): boolean {
  for (const lane of peer?.lanes.values() ?? []) {
    if (isReplyLane(lane.name)) continue;
    const item = lane.window.find((one) => one.id === id);
    if (item === undefined) continue;
    if (item.answered) return false;
    item.answered = true;
    context.undo(() => (item.answered = false));
    return !isPassing(lane.name, lane.peer.name);
  }
  return false;
}
