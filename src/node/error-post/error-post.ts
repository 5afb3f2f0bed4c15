// Tells a web server of the errors that this node keeps: its own, and on central those of all nodes (`ErrorPostUrl`).
//
// Boundary. From: the notices that errors were kept. To: messages of this node to itself, of the method `httpPost`.
// 1. It follows the list of errors, which is counted and bounded, by the number that grows with each change of it. There is one message at a time: while a
//    server is away nothing piles up but the counts of the list, and what gives way there before it is told is not told.
// 2. How far it has told, and the message that is under way, are in a file before the message is: whoever dies goes on there.
// 3. What was not taken is told again, later and later. Errors about that stay in the list of this node: they are not posted, and cannot loop.
// 4. A new error is told in a moment while there is an allowance; what only repeats waits for a minute, then longer.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Clock, Timers } from '../../base/clock.ts';
import { decode } from '../../base/decode.ts';
import { pause } from '../../base/pause.ts';
import { Allowance } from '../../errors/allowance.ts';
import type { Notice } from '../../flow/effect.ts';
import { ownDraft } from '../../flow/new-message.ts';
import type { Answer } from '../../methods/copy/ask-target.ts';
import { describeError } from '../../model/error.ts';
import type { Report } from '../../model/error-report.ts';
import type { MessageId } from '../../model/message.ts';
import type { StoredError } from '../../model/record.ts';
import type { Store } from '../../store/open-store.ts';
import { writeConfigFile } from '../config/write-config-file.ts';
import { errorView } from '../error-view.ts';
import type { OwnRequests } from '../own-requests.ts';

/** In one message. */
const mostErrors = 200;
const collectMs = 1_000;
const methodTimeoutMs = 60_000;
const leastRepeatMs = 60_000;
const mostRepeatMs = 3_600_000;
const firstAgainMs = 5_000;
const mostAgainMs = 300_000;
const mostKnown = 20_000;
/** In a storm that does not end, one more message each so many ms. */
const refillMs = 60_000;
const ownCode = 'error-post-failed';

const placeSchema = v.object({
  /** All up to this change was told. */
  told: v.number(),
  /** Under way when it was written: it tells all up to `upTo`. */
  next: v.exactOptional(v.object({ id: v.string(), upTo: v.number() })),
});
type Place = v.InferOutput<typeof placeSchema>;

export interface ErrorPostParts {
  readonly node: string;
  readonly url: string;
  /** Where it is kept how far it has told. */
  readonly path: string;
  readonly store: Pick<Store, 'view'>;
  readonly requests: Pick<OwnRequests, 'ask' | 'follow'>;
  readonly report: Report;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class ErrorPost {
  readonly #parts: ErrorPostParts;
  readonly #allowance: Allowance;
  readonly #closed = new AbortController();
  /** Kinds that were told, each with the row that told it. */
  readonly #known = new Set<string>();
  #place: Place = { told: 0 };
  #news = new AbortController();
  #lastAt = -Infinity;
  #repeatMs = leastRepeatMs;
  #againMs = firstAgainMs;
  #isFailing = false;

  constructor(parts: ErrorPostParts) {
    this.#parts = parts;
    this.#allowance = new Allowance(parts.clock, refillMs);
  }

  /** Before this life reports its first error to the store. What stands there when it is asked for the first time is not told. */
  async begin(): Promise<void> {
    const newest = await this.#newest();
    this.#place = read(this.#parts.path) ?? { told: newest };
    try {
      this.#keep(this.#place);
    } catch (error) {
      // It goes on from here, and keeps it when it can.
      this.#failed(describeError(error));
    }
    void this.#go();
  }

  note(notice: Notice): void {
    if (notice.type === 'errors') this.#news.abort();
  }

  /** What is under way goes on: the next life follows it. */
  close(): void {
    this.#closed.abort();
  }

  async #go(): Promise<void> {
    const { timers } = this.#parts;
    const { next } = this.#place;
    while (!this.#closed.signal.aborted) {
      try {
        if (next === undefined || next !== this.#place.next) await this.#step();
        else this.#ended(next.upTo, await this.#parts.requests.follow(next.id, this.#closed.signal));
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        this.#failed(describeError(error));
        await pause(timers, this.#againMs, this.#closed.signal);
      }
    }
  }

  /** One message, or a wait for what makes one due. */
  async #step(): Promise<void> {
    const { timers } = this.#parts;
    this.#news = new AbortController();
    const rows = await this.#rows();
    const upTo = rows.at(-1)?.changed ?? this.#place.told;
    const told = rows.filter(({ code }) => code !== ownCode);
    if (told.length === 0) {
      this.#place = { ...this.#place, told: upTo };
      if (rows.length < mostErrors) await this.#untilNews(mostRepeatMs);
      return pause(timers, collectMs, this.#closed.signal);
    }
    const waitMs = this.#waitMs(told);
    if (waitMs > 0) {
      await this.#untilNews(waitMs);
      return pause(timers, Math.min(waitMs, collectMs), this.#closed.signal);
    }
    await this.#post(told, upTo);
  }

  async #post(errors: readonly StoredError[], upTo: number): Promise<void> {
    const { node, url, requests, clock } = this.#parts;
    this.#allowance.take();
    const onlyRepeats = errors.every((error) => this.#known.has(keyOf(error)));
    this.#repeatMs = onlyRepeats ? Math.min(2 * this.#repeatMs, mostRepeatMs) : leastRepeatMs;
    this.#lastAt = clock.monotonic();
    const body = Buffer.from(JSON.stringify({ errors: errors.map(shown) }));
    const args = [url, 'event=structured', 'type=steward.errors'];
    const draft = ownDraft({ to: node, method: 'httpPost', args, unordered: true, methodTimeoutMs }, body);
    const beforehand = (id: MessageId): void => void this.#keep({ ...this.#place, next: { id, upTo } });
    const answer = await requests.ask(draft, this.#closed.signal, { beforehand, stays: true });
    for (const error of answer.state === 'succeeded' ? errors : []) this.#known.add(keyOf(error));
    if (this.#known.size > mostKnown) this.#known.clear();
    if (this.#ended(upTo, answer)) return;
    await pause(this.#parts.timers, this.#againMs, this.#closed.signal);
    this.#againMs = Math.min(2 * this.#againMs, mostAgainMs);
  }

  /** Whether it was taken. It is unknown where an earlier life died before it was submitted. */
  #ended(upTo: number, answer: Answer | undefined): boolean {
    if (answer === undefined) return false;
    const isTaken = answer.state === 'succeeded';
    this.#keep({ told: isTaken ? upTo : this.#place.told });
    if (isTaken) {
      this.#isFailing = false;
      this.#againMs = firstAgainMs;
    } else if (answer.state !== 'unknown') this.#failed(answer.reason ?? answer.state);
    return isTaken;
  }

  #failed(reason: string): void {
    // Of the reporting itself: it is kept here, and told to nobody.
    if (!this.#isFailing)
      this.#parts.report(ownCode, 'errors cannot be posted', { method: 'errorLog', reason, key: 'ErrorPostUrl' });
    this.#isFailing = true;
  }

  #waitMs(errors: readonly StoredError[]): number {
    const isNew = errors.some((error) => !this.#known.has(keyOf(error)));
    const repeatMs = isNew ? 0 : this.#lastAt + this.#repeatMs - this.#parts.clock.monotonic();
    return Math.max(repeatMs, this.#allowance.waitMs());
  }

  #untilNews(ms: number): Promise<void> {
    return pause(this.#parts.timers, ms, this.#news.signal, this.#closed.signal);
  }

  async #rows(): Promise<readonly StoredError[]> {
    // Where the newest has given way, or the store went back in time, its number comes again.
    const after = Math.min(this.#place.told, await this.#newest());
    this.#place = { ...this.#place, told: after };
    return this.#parts.store.view({ view: 'changed-errors', ...all, after, limit: mostErrors });
  }

  async #newest(): Promise<number> {
    const [newest] = await this.#parts.store.view({ view: 'errors', ...all, limit: 1 });
    return newest?.changed ?? 0;
  }

  #keep(place: Place): Place {
    this.#place = place;
    writeConfigFile(this.#parts.path, `${JSON.stringify(place)}\n`);
    return place;
  }
}

const all = { node: null, code: null, since: null };

/** Of its row: the next hour of the same kind is a row of its own, and new. */
function keyOf({ node, kind, firstAt }: StoredError): string {
  return `${node} ${kind} ${firstAt}`;
}

function shown(error: StoredError): object {
  const { changed: _changed, ...view } = errorView(error);
  return view;
}

/** What cannot be read says nothing. */
function read(path: string): Place | undefined {
  try {
    return decode(placeSchema, readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
