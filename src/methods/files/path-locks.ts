// Who may write to which path.
//
// Job: one writer a path, from the moment it learns where the file ends to the moment its bytes are durable.
// From: the file methods. To: nothing.
//
// 1. A path has at most one holder; the others wait in the order in which they came.
// 2. A holder takes its paths in sorted order, so two of them never wait for each other.
// 3. Bound: as many waiting as there are runs of file methods, which the flow bounds.

export class PathLocks {
  readonly #lines = new Map<string, (() => void)[]>();

  /** Resolves once all the paths are held; the answer lets go of them all, and counts once. */
  async hold(paths: readonly string[]): Promise<() => void> {
    const sorted = [...new Set(paths)].sort();
    for (const path of sorted) await this.#take(path);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const path of sorted) this.#pass(path);
    };
  }

  /** Paths that are held now. For tests: nothing must stay behind. */
  get size(): number {
    return this.#lines.size;
  }

  #take(path: string): Promise<void> | undefined {
    const line = this.#lines.get(path);
    if (line === undefined) {
      this.#lines.set(path, []);
      return undefined;
    }
    return new Promise((resolve) => line.push(resolve));
  }

  #pass(path: string): void {
    const next = this.#lines.get(path)?.shift();
    if (next === undefined) this.#lines.delete(path);
    else next();
  }
}
