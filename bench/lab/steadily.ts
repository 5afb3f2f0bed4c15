// Does something at a steady pace, and says how long each time took.

export interface Sample {
  /** When it was due, in ms since the beginning. */
  readonly at: number;
  readonly ms: number;
}

export interface Steadily {
  /** Rejects where one failed. */
  end(): Promise<readonly Sample[]>;
}

/**
 * Measured from the time at which it was due, whether what came before has ended or not: one slow answer must not keep the
 * next question from being asked.
 */
export function steadily(everyMs: number, act: (number: number) => Promise<unknown>): Steadily {
  const began = performance.now();
  const all: Promise<Sample>[] = [];
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const at = all.length * everyMs;
    const one = act(all.length).then(() => ({ at, ms: performance.now() - began - at }));
    // It is told when all is over.
    one.catch(() => undefined);
    all.push(one);
    timer = setTimeout(next, Math.max(0, began + all.length * everyMs - performance.now()));
  };
  next();
  return {
    end() {
      clearTimeout(timer);
      return Promise.all(all);
    },
  };
}
