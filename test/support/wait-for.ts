// Waits for a condition, with a bound. The only waiting that tests do.

export interface WaitOptions {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** What was seen last, for the message of the failure. */
  readonly seen?: () => unknown;
}

/**
 * Answers the first value that is neither undefined nor false. A condition that throws is asked again, and its last
 * error becomes the cause of the failure. Throws after `withinMs` (10 s).
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<Awaited<T>, false | undefined>> {
  const { withinMs = 10_000, everyMs = 10, seen } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value as Exclude<Awaited<T>, false | undefined>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      const last = seen === undefined ? '' : `; last seen: ${JSON.stringify(seen())}`;
      throw new Error(`waited ${withinMs} ms for ${what}, in vain${last}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
