// Has V8 give back the memory that many messages took while they were taken in: by itself it keeps it for a quarter of a minute.
//
// Boundary. From: service.ts, with how many were taken in. To: `collect`, which stops the node for some 20 ms.
// 1. A node that takes in little is never stopped; one that takes in much is when nothing came for a second.
import type { Timers } from '../base/clock.ts';

const worthIt = 1_000;
const quietMs = 1_000;

export class HeapTidier {
  private readonly timers: Timers;
  private readonly collect: () => void;
  private taken = 0;
  private cancel = (): void => undefined;

  /** `collect` is called at most once in a second. */
  constructor({ timers, collect }: { readonly timers: Timers; readonly collect: () => void }) {
    this.timers = timers;
    this.collect = collect;
  }

  took(messages: number): void {
    this.taken += messages;
    this.cancel();
    this.cancel = this.timers.after(quietMs, () => {
      const isMuch = this.taken >= worthIt;
      this.taken = 0;
      if (isMuch) this.collect();
    });
  }

  close(): void {
    this.cancel();
  }
}

/** A collection of the whole heap, where Node was started with `--expose-gc` as bin/steward.js does it; otherwise nothing. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
