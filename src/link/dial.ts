// One dial at a time, which can be broken off.
//
// Job: the client leaves a socket open on which a broker never introduced itself, when its time is over as well as when it is
// to end. Here the sockets that it opens are noted, and are closed when nothing has come of them.
// 1. After a dial that failed or was broken off none of its sockets is open.
// 2. While nobody dials, nothing is watched.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

/** Node's own channel: it tells of every socket of a client before it connects. */
const newSockets = 'net.client.socket';

export interface Dial {
  /** What the attempt answers or throws. */
  run<T>(attempt: () => Promise<T>): Promise<T>;
  /** Ends the attempt that is under way, which then throws, and every later one. */
  breakOff(): void;
}

export function createDial(): Dial {
  const sockets = new Set<Socket>();
  let brokenOff = false;
  const closeAll = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    async run(attempt) {
      // Other parts of the process open sockets, too: only those that come from the attempt are ours.
      const origin = new AsyncLocalStorage<true>();
      const note = (message: unknown): void => {
        const socket =
          typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined;
        if (origin.getStore() !== true || !(socket instanceof Socket)) return;
        sockets.add(socket);
        if (brokenOff) closeAll();
      };
      subscribe(newSockets, note);
      try {
        const made = await origin.run(true, attempt);
        sockets.clear();
        return made;
      } catch (error) {
        closeAll();
        throw error;
      } finally {
        unsubscribe(newSockets, note);
        origin.disable();
      }
    },
    breakOff() {
      brokenOff = true;
      closeAll();
    },
  };
}
