// Bytes that arrive in pieces of any size, kept in one place.
//
// 1. One-byte pieces cost one byte each, not an object each.
// 2. A buffer never holds more than its bound; all buffers of a budget together never more than the budget.

/** Shared by all buffers of a socket. Counts bytes of memory taken, not bytes used. */
export interface Budget {
  /** Whether the bytes could be had. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export interface IntakeBuffer {
  /** Takes the piece, or says which bound it breaks; the buffer is then unchanged. */
  append(piece: Uint8Array): 'taken' | 'too large' | 'no memory';
  readonly size: () => number;
  /** A view, valid until the next append. */
  readonly bytes: () => Uint8Array;
  /** Gives the memory back. The buffer is empty afterwards. */
  release(): void;
}

const firstCapacity = 16 * 1024;

export function createBudget(maxBytes: number): Budget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

export function createIntakeBuffer(options: { readonly maxBytes: number; readonly budget: Budget }): IntakeBuffer {
  const { maxBytes, budget } = options;
  let memory = Buffer.alloc(0);
  let size = 0;

  /** Doubles, so that copying costs no more than what arrived. */
  function grow(needed: number): boolean {
    let capacity = Math.max(firstCapacity, memory.length);
    while (capacity < needed) capacity *= 2;
    capacity = Math.min(capacity, maxBytes);
    if (!budget.take(capacity - memory.length)) return false;
    const larger = Buffer.allocUnsafeSlow(capacity);
    memory.copy(larger, 0, 0, size);
    memory = larger;
    return true;
  }

  return {
    append(piece) {
      const needed = size + piece.length;
      if (needed > maxBytes) return 'too large';
      if (needed > memory.length && !grow(needed)) return 'no memory';
      memory.set(piece, size);
      size = needed;
      return 'taken';
    },
    size: () => size,
    bytes: () => memory.subarray(0, size),
    release() {
      budget.give(memory.length);
      memory = Buffer.alloc(0);
      size = 0;
    },
  };
}
