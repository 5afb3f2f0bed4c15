// That a method runs is told once, in the conversation that its receiver knows; a hello meanwhile has begun another.
//
// The same is true of the word that a process was started again.
//
// 1. An answer of a conversation that is over changes no state (custody rule 6). If it has such news, this one asks.
import type { Ack } from '../wire/ack.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';
import type { Peer } from './peer.ts';

export function askWhatRuns(context: Context, peer: Peer, old: Ack): void {
  if (old.incarnation !== peer.incarnation || old.boot !== peer.boot) return;
  let missed = false;
  for (const { lane: name, running, stopped } of old.lanes) {
    const lane = peer.lanes.get(name);
    const isStarted = lane?.stoppedThere === true && stopped !== true;
    if (
      (running.length === 0 && !isStarted) ||
      lane?.phase !== 'ready' ||
      lane.record.peerIncarnation !== peer.incarnation
    )
      continue;
    lane.runningMissed = true;
    missed = true;
  }
  if (missed && peer.askedAt === undefined) ask(context, peer);
}
