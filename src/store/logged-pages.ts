// What a stretch of the log says of the pages of the database: a sum for each of them, in four bytes, however many one transaction writes.
//
// From: log-format.ts, frame by frame. To: page-sums.ts, examine.ts.
// 1. Only whole transactions count. One page may stand in several of them: the newest counts.
// 2. Of a page that lay behind the end of the database for a while nothing is said.

/** A run of neighbours, from page `first` on. */
export interface SumRun {
  readonly first: number;
  readonly sums: Uint32Array;
}

const leastPages = 1024;

export class LoggedPages {
  /** By the number of the page; 0: nothing is said of it. */
  private sums = new Uint32Array(leastPages);
  /** No page behind it has a sum. */
  private last = 0;
  private openPages: number[] = [];
  private openSums: number[] = [];
  /** Pages of the database after the last transaction, and the fewest that it had after any of them. Infinite: there is none. */
  count = Infinity;
  fewest = Infinity;

  /** Of the transaction that is being read. `sum` is not 0. */
  add(page: number, sum: number): void {
    this.openPages.push(page);
    this.openSums.push(sum);
  }

  /** It is whole, and the database has so many pages. */
  commit(count: number): void {
    // SQLite writes no page behind the end: the room for the sums is bounded by the size of the database.
    this.openPages.forEach((page, index) => {
      if (page > count) return;
      this.makeRoom(page);
      this.sums[page] = this.openSums[index] ?? 0;
    });
    if (count < this.count) this.cutOff(count);
    this.count = count;
    this.fewest = Math.min(this.fewest, count);
    this.dropOpen();
  }

  /** It is not whole: what follows begins another one. */
  dropOpen(): void {
    this.openPages = [];
    this.openSums = [];
  }

  has(page: number): boolean {
    return (this.sums[page] ?? 0) !== 0;
  }

  *runs(): Generator<SumRun, void> {
    const { sums } = this;
    for (let first = 1; first <= this.last; first += 1) {
      let end = first;
      while (end <= this.last && sums[end] !== 0) end += 1;
      if (end > first) yield { first, sums: sums.subarray(first, end) };
      first = end;
    }
  }

  /** What follows is said anew; the length of the database stays known. */
  clear(): void {
    this.cutOff(0);
    this.fewest = Infinity;
  }

  private cutOff(count: number): void {
    this.sums.fill(0, count + 1, this.last + 1);
    this.last = Math.min(this.last, count);
  }

  private makeRoom(page: number): void {
    this.last = Math.max(this.last, page);
    if (page < this.sums.length) return;
    const more = new Uint32Array(2 ** Math.ceil(Math.log2(page + 1)));
    more.set(this.sums);
    this.sums = more;
  }
}
