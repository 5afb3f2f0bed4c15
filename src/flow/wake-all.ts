// Asks all for whom something waits: the link, or the store, is there again.
import { isWanted } from './ask.ts';
import type { Context } from './context.ts';
import { wake, type Peers } from './presence.ts';

/** Peers asked at once after a connection; the rest follow at this pace, so that a large fleet is not asked in one breath. */
const wakeAtOnce = 500;
const wakePauseMs = 100;

export function wakeAll(context: Context, peers: Peers): void {
  const wanted = [...peers.values()].filter((peer) => isWanted(peer));
  const next = (from: number): void => {
    for (const peer of wanted.slice(from, from + wakeAtOnce)) wake(context, peer);
    if (from + wakeAtOnce < wanted.length) context.timer('wake', wakePauseMs, () => next(from + wakeAtOnce));
  };
  next(0);
}
