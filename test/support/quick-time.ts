// Timers that go much faster than they say.
import type { Timers } from '../../src/base/clock.ts';

/** Seconds become milliseconds; what is later is still later. `size`: how many have not called back. */
export function quickTime(): Timers & { readonly size: () => number } {
  const open = new Set<NodeJS.Timeout>();
  return {
    after(delayMs, callback) {
      const timer = setTimeout(
        () => {
          open.delete(timer);
          callback();
        },
        Math.log2(delayMs + 1),
      );
      open.add(timer);
      return () => {
        open.delete(timer);
        clearTimeout(timer);
      };
    },
    size: () => open.size,
  };
}
