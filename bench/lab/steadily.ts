// Does something at a steady pace, and says how long each time took.

export interface Steadily {
  /** Milliseconds of each. Rejects where one failed. */
  end(): Promise<readonly number[]>;
}

/**
 * Measured from the time at which it was due, whether what came before has ended or not: one slow answer must not keep the
 * next question from being asked.
 */
export function steadily(everyMs: number, act: (number: number) => Promise<unknown>): Steadily {
  const began = performance.now();
  const all: Promise<number>[] = [];
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const due = began + all.length * everyMs;
    const one = act(all.length).then(() => performance.now() - due);
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
