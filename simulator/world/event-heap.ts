// What is to happen, the soonest first; what is due at the same time in the order in which it was added.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export class EventHeap {
  private readonly entries: Entry[] = [];
  private order = 0;

  add(at: number, act: () => void): void {
    this.order += 1;
    const added = { at, order: this.order, act };
    let index = this.entries.push(added) - 1;
    for (;;) {
      const parent = (index - 1) >> 1;
      const above = this.entries[parent];
      if (above === undefined || !isBefore(added, above)) break;
      this.entries[index] = above;
      index = parent;
    }
    this.entries[index] = added;
  }

  /** Takes out what is due at that time or before; undefined if nothing is. */
  take(until: number): Entry | undefined {
    const first = this.entries[0];
    if (first === undefined || first.at > until) return undefined;
    const last = this.entries.pop();
    if (last !== undefined && this.entries.length > 0) this.sink(last);
    return first;
  }

  private sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [this.entries[left], this.entries[left + 1]];
      const child = a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
      const below = this.entries[child];
      if (below === undefined || !isBefore(below, entry)) break;
      this.entries[index] = below;
      index = child;
    }
    this.entries[index] = entry;
  }
}
