// Waits for a condition, with a bound.

const boundMs = 300_000;

/** Asks again every `everyMs` until the answer is true. Throws after five minutes. */
export async function waitUntil(
  what: string,
  everyMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const from = performance.now();
  while (!(await condition())) {
    if (performance.now() - from > boundMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
