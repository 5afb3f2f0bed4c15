// Writes to a unix socket that stands where a file was expected (compat: the original took one as a target).
import { connect } from 'node:net';
import type { Timers } from '../../base/clock.ts';

const waitMs = 10_000;

/** Connects, writes, ends. Exactly once is not to be had from a socket. Rejects with the system's error, or after ten seconds. */
export function writeSocket(path: string, { bytes, timers }: { bytes: Uint8Array; timers: Timers }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const cancel = timers.after(waitMs, () => socket.destroy(new Error(`${path} does not read what is written to it`)));
    socket.once('error', (error) => {
      cancel();
      reject(error);
    });
    // Half-closed: what the other side answers is read and dropped, so that it never blocks.
    socket.resume();
    socket.end(bytes, () => {
      cancel();
      socket.destroy();
      resolve();
    });
  });
}
