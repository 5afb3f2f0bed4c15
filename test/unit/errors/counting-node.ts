// A node that does nothing but have errors: a kernel over a store in memory, and a link that a test cuts.
import { ErrorKernel, type ErrorBatch } from '../../../src/errors/kernel.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { unpackErrors } from '../../../src/model/error-batch.ts';
import { errorReport, type Report } from '../../../src/model/error-report.ts';
import type { ErrorRecord } from '../../../src/model/record.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { ManualTime } from '../../support/manual-time.ts';

export interface Sent {
  readonly at: number;
  readonly bytes: number;
}

export class CountingNode {
  readonly name: string;
  readonly store: MemoryStore;
  readonly sent: Sent[] = [];
  commits = 0;
  isLinked = true;
  /** The next batches are not taken. */
  isRefusing = false;
  readonly #time: ManualTime;
  readonly #central: MemoryStore;
  /** Messages in the outbox, which outlives the kernel. */
  #outbox: { id: string; body: Uint8Array }[] = [];
  #nextId = 0;
  #life = 0;
  #kernel: ErrorKernel;

  constructor(name: string, at: { time: ManualTime; central: MemoryStore; store?: MemoryStore }) {
    this.name = name;
    this.store = at.store ?? new MemoryStore();
    this.#time = at.time;
    this.#central = at.central;
    this.#kernel = this.#begin();
  }

  readonly report: Report = (code, text, data = {}) =>
    this.#kernel.report(errorReport({ code, text, data }, { node: this.name, at: Math.floor(this.#time.wall()) }));

  /** kill -9: what was not kept is gone. */
  restart(): void {
    this.#kernel = this.#begin();
  }

  close(): void {
    this.#kernel.close();
  }

  link(isLinked: boolean): void {
    this.isLinked = isLinked;
    if (isLinked) for (const message of this.#outbox.splice(0)) this.#deliver(message);
  }

  #begin(): ErrorKernel {
    this.#life += 1;
    const life = this.#life;
    const alive = (act: () => void) => () => this.#life === life && act();
    const kernel = new ErrorKernel({
      node: this.name,
      clock: this.#time,
      timers: { after: (delayMs, act) => this.#time.after(delayMs, alive(act)) },
      random: seededRandom(this.name.length),
      keep: (ops, then) => {
        this.commits += 1;
        this.store.apply(ops);
        this.#time.after(3, alive(then));
      },
      tell: (batch, then) => {
        if (this.isRefusing) return then('refused');
        then({ id: this.#send(batch) });
      },
    });
    kernel.start({
      untold: this.store.query({ query: 'untold-errors', limit: 1000 }),
      underWay: this.#outbox[0]?.id,
    });
    return kernel;
  }

  #send({ body, ops }: ErrorBatch): string {
    const id = `m${(this.#nextId += 1)}`;
    this.store.apply(ops);
    this.sent.push({ at: this.#time.monotonic(), bytes: body.length });
    const message = { id, body };
    if (this.isLinked) this.#deliver(message);
    else this.#outbox.push(message);
    return id;
  }

  #deliver({ id, body }: { id: string; body: Uint8Array }): void {
    this.#time.after(50, () => {
      const errors = unpackErrors(body);
      if (errors === undefined) throw new Error('a batch that cannot be read');
      this.#central.apply(
        errors.map((error) => ({ op: 'error-add', record: { ...error, node: this.name, untold: 0 } })),
      );
      this.#kernel.settled(id);
    });
  }
}

/** How many errors the rows count, by code. */
export function countsOf(rows: readonly ErrorRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code, count } of rows) counts[code] = (counts[code] ?? 0) + count;
  return counts;
}

/** The most messages within any minute. */
export function mostInAMinute(sent: readonly Sent[]): number {
  return sent.reduce(
    (most, { at }) => Math.max(most, sent.filter((one) => one.at >= at && one.at < at + 60_000).length),
    0,
  );
}
