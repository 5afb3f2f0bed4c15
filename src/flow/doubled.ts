// Two nodes that have one name, or two copies of one, which answer in turns (custody rule 8).
//
// 1. Neither is served for a while, and the operator is told. When the while is over, whatever waits goes on.
import { stopExpecting } from './ask.ts';
import type { Context } from './context.ts';
import { isHeldBack, newConversation, setPresence, type Peer } from './peer.ts';

const maxAnsweredBoots = 16;
/** How long nobody of a doubled name is asked. */
const doubledPauseMs = 30_000;

/**
 * Whether this fresh answer shows that both run: a boot that another has followed cannot come back. `goOn` is called when the
 * pause that follows is over.
 */
export function isDoubled(context: Context, peer: Peer, answer: { boot: string; goOn: () => void }): boolean {
  const { boot, goOn } = answer;
  if (isHeldBack(context, peer)) return true;
  if (peer.answeredBoots.at(-1) === boot) return false;
  const both = peer.answeredBoots.includes(boot);
  peer.answeredBoots.push(boot);
  if (peer.answeredBoots.length > maxAnsweredBoots) peer.answeredBoots.shift();
  if (!both) return false;
  holdBack(context, peer, goOn);
  return true;
}

/** Nobody of this name is served for a while. */
export function holdBack(context: Context, peer: Peer, goOn: () => void): void {
  context.report('name-doubled', 'two nodes have one name: nothing is sent to it until one of them is stopped', {
    node: peer.name,
  });
  peer.answeredBoots.length = 0;
  peer.doubledUntil = context.monotonic() + doubledPauseMs;
  setPresence(context, peer, 'unknown');
  stopExpecting(context, peer);
  newConversation(context, peer);
  context.timer(`doubled:${peer.name}`, doubledPauseMs, () => {
    // A timer may fire a moment before the clock says so, and nothing would set it again.
    peer.doubledUntil = 0;
    peer.silences = 0;
    peer.strangers = 0;
    goOn();
  });
}
