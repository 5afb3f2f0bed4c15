// Randomness, as an argument.
import { randomBytes, randomFillSync } from 'node:crypto';

export interface Random {
  /** Evenly spread over [0, 1). */
  next(): number;
  /** So many random bytes. */
  bytes(count: number): Uint8Array;
}

const numberBytes = 6;
/** Drawn at once: to ask the system costs as much for one number as for all of them. */
const pool = Buffer.alloc(64 * numberBytes);
let drawn = pool.length;

export const systemRandom: Random = {
  next() {
    if (drawn === pool.length) {
      randomFillSync(pool);
      drawn = 0;
    }
    drawn += numberBytes;
    return pool.readUIntBE(drawn - numberBytes, numberBytes) / 2 ** 48;
  },
  bytes: (count) => randomBytes(count),
};

/** The same numbers for the same seed (mulberry32). For tests and the simulator, never for keys. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}
