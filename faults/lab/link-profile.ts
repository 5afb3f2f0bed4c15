// How good a connection is. What a TCP connection over such a link shows to its two ends: bytes late, never lost.

export interface LinkProfile {
  /** One way. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Each way; absent: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** The share of segments that are lost, and sent again by TCP: everything behind one waits for it. */
  readonly loss: number;
}

export const perfect: LinkProfile = { delayMs: 0, jitterMs: 0, loss: 0 };
/** A geostationary satellite at its worst rate: 600 ms there and back, 8 kbit/s each way. */
export const satellite: LinkProfile = { delayMs: 300, jitterMs: 20, bytesPerSecond: 1_000, loss: 0 };
export const gsm: LinkProfile = { delayMs: 150, jitterMs: 250, bytesPerSecond: 4_000, loss: 0.01 };
export const lossy: LinkProfile = { delayMs: 20, jitterMs: 10, loss: 0.02 };

/** What TCP puts into one packet. */
export const segmentBytes = 1_400;
/** A sender waits at least so long before it sends a lost segment again; twice as long for the next time. */
const leastResendMs = 200;

/** How long a lost segment holds up what is behind it: it may be lost again. */
export function stallMs({ loss, delayMs }: LinkProfile, next: () => number): number {
  let wait = 2 * delayMs + leastResendMs;
  let total = wait;
  while (next() < loss) {
    wait *= 2;
    total += wait;
  }
  return total;
}
