// The publisher of a lane as a process: what sends its messages, and begins anew from the outbox when it crashes.
//
// 1. Its peer is asked anew, in a new conversation: what the failed step had sent, or was about to, is judged by the answer.
import type { Intensity } from '../supervisor/child.ts';
import { ask, stopExpecting } from './ask.ts';
import type { Context } from './context.ts';
import { forgetLane, type OutLane } from './out-lane.ts';
import { newConversation, setPresence } from './peer.ts';
import type { Process } from './process.ts';
import { reportCrash } from './report-crash.ts';

export const laneIntensity: Intensity = { restarts: 5, periodMs: 60_000 };

export function publisherOf(context: Context, lane: OutLane): Process {
  lane.process ??= createPublisher(context, lane);
  return lane.process;
}

function createPublisher(context: Context, lane: OutLane): Process {
  const { peer, name } = lane;
  const id = `publisher ${peer.name} ${name}`;
  const child = context.supervisor.start({ id, restart: 'transient', intensity: laneIntensity });
  return {
    child,
    forget: () => forgetLane(lane),
    crashed: (error) => reportCrash(context, { child, error, node: peer.name, lane: name }),
    restart: () => askAnew(context, lane),
  };
}

function askAnew(context: Context, { peer }: OutLane): void {
  // Of one that is away the sweep asks.
  if (peer.presence === 'offline') return;
  stopExpecting(context, peer);
  newConversation(context, peer);
  setPresence(context, peer, 'unknown');
  ask(context, peer);
}
