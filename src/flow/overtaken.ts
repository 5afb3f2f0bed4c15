// Notices what was lost while others were answered.
//
// Job: silence shows a loss only when nothing at all comes back; where one lane goes on to be answered, another would wait for
// as long as that lasts. The broker keeps the order in which a node sends: an answer to something that left later overtakes.
// From: presence.ts, with every answer. To: the lane, whose unanswered part goes again.
// 1. No clock: a round is over when something is answered that left after it began, however slow the way is.
// 2. Twice overtaken is lost: once may be the receiver's disk. A copy too many changes nothing there. One that is never answered
//    (a broker that lets only some subjects through) goes again after 2, 4, 8 … rounds, and then every `mostRounds`.
// 3. A lane that waits for its body is left alone: it goes again when that has arrived.
import { isUnacked } from '../model/lane.ts';
import type { Context } from './context.ts';
import { pump } from './move-lane.ts';
import type { BodyTransfer, OutLane } from './out-lane.ts';
import type { Peer } from './peer.ts';

const mostRounds = 256;

/** How a lane stood when the round began. */
interface Mark {
  readonly load: number;
  readonly sent: number;
  readonly acked: number;
  readonly transfer: BodyTransfer | undefined;
  readonly bytesSent: number;
  readonly bytesHave: number;
  /** Rounds in a row that have overtaken it. */
  readonly overtaken: number;
}

export type Round = Map<OutLane, Mark>;

/** To be called with every answer, when it has been taken in. */
export function resendOvertaken(context: Context, peer: Peer): void {
  const { round } = peer;
  const lanes = [...peer.lanes.values()].filter((lane) => lane.phase === 'ready' && !isUnacked(lane.name));
  // A lane that was loaded since the round began has its part in it from now on.
  for (const lane of lanes) if (round.get(lane)?.load !== lane.load) round.set(lane, markOf(lane, 0));
  if (!isOver(round)) return;
  peer.round = new Map();
  for (const lane of lanes) {
    const mark = round.get(lane);
    const overtaken = mark !== undefined && rests(lane, mark) ? mark.overtaken + 1 : 0;
    if (overtaken >= 2) lane.silent = true;
    if (isLost(overtaken)) sendAgain(context, lane);
    peer.round.set(lane, markOf(lane, overtaken));
  }
}

function isLost(overtaken: number): boolean {
  if (overtaken >= mostRounds) return overtaken % mostRounds === 0;
  return overtaken >= 2 && Number.isInteger(Math.log2(overtaken));
}

/** Whether something was answered that left after the round had begun. */
function isOver(round: Round): boolean {
  for (const [lane, mark] of round) {
    if (lane.load !== mark.load) continue;
    if (lane.acked > mark.sent) return true;
    if (lane.transfer !== undefined && lane.transfer === mark.transfer && lane.transfer.have > mark.bytesSent)
      return true;
  }
  return false;
}

/** Whether something of the lane was under way when the round began, and nothing of it has been answered. */
function rests(lane: OutLane, mark: Mark): boolean {
  if (lane.load !== mark.load || lane.doubted || lane.transfer !== mark.transfer) return false;
  if (lane.transfer !== undefined) return mark.bytesSent > mark.bytesHave && lane.transfer.have === mark.bytesHave;
  return mark.sent > mark.acked && lane.acked === mark.acked;
}

function sendAgain(context: Context, lane: OutLane): void {
  if (lane.transfer === undefined) lane.sent = lane.acked;
  else lane.transfer.sent = lane.transfer.have;
  pump(context, lane);
}

function markOf(lane: OutLane, overtaken: number): Mark {
  const { load, sent, acked, transfer } = lane;
  return { load, sent, acked, transfer, bytesSent: transfer?.sent ?? 0, bytesHave: transfer?.have ?? 0, overtaken };
}
