// The messages that this node gives itself at each start, and those of them that it keeps running.
//
// Boundary. From: start-node.ts (begin, the notices of the flow), answer-startup.ts. To: the node's own intake and store.
// 1. They are messages like any other, from this node to itself, in custody; they need no broker. Each start gives each of them once.
// 2. One of an earlier life that has not ended is never given beside itself: it is waited for. If it has not run in this life when it
//    ends (it was interrupted, and is `unknown`, or had run before), it is given then.
// 3. The id is written down before the message is submitted: whenever the node dies, the next life knows what it has to look for.
// 4. What cannot be taken is reported once and set aside; nothing of it keeps the node from starting.
// 5. One without limit (`methodTimeout` -1) begins again when it has ended, after a pause that grows to `longestPauseMs`.
import type { Clock, Timers } from '../../base/clock.ts';
import type { Notice } from '../../flow/effect.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { Report } from '../../model/error-report.ts';
import type { Draft, MessageId } from '../../model/message.ts';
import { isFinal, type MessageState } from '../../model/state.ts';
import { isEndless, newEntry, type Entry } from './entry.ts';
import type { KeptIds } from './kept-ids.ts';
import type { StartupFile, StartupFolder } from './startup-folder.ts';
import { tellUnread } from './tell-unread.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;
/** One that ran for so long begins again as if it had never failed. */
const goodRunMs = 60_000;
const mostNoted = 10_000;
const asideBefore = 'set aside at an earlier start: mend it, and take .broken off the name of its file';

export interface StartupParts {
  readonly folder: StartupFolder;
  readonly kept: KeptIds;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: Report;
  /** The one message that a file holds. Throws a StewardError with the place of what is wrong. */
  readonly draftOf: (content: Uint8Array, path: string) => Promise<Draft>;
  /** `beforehand` is given its id, and is done before anything is submitted. */
  readonly submit: (draft: Draft, beforehand: (id: MessageId) => void) => Promise<void>;
  readonly stateOf: (id: MessageId) => Promise<{ readonly state: MessageState; readonly reason?: string } | undefined>;
  readonly cancel: (id: MessageId) => Promise<unknown>;
}

export class Startup {
  readonly #parts: StartupParts;
  readonly #entries = new Map<string, Entry>();
  readonly #problems = new Map<string, string>();
  readonly #given = new Map<MessageId, Entry>();
  /** Of this node's messages to itself, those that ran in this life, until it is known which of them count. */
  readonly #ranHere = new Set<MessageId>();
  #hasBegun = false;
  /** Files that were not read, for want of room. */
  #beyond = 0;
  #isClosed = false;

  constructor(parts: StartupParts) {
    this.#parts = parts;
  }

  /** Never rejects: what goes wrong is reported. */
  async begin(): Promise<void> {
    const { report } = this.#parts;
    try {
      const entries: Entry[] = [];
      this.#beyond = tellUnread(this.#parts.folder, report);
      for (const file of this.#parts.folder.read()) {
        const entry = await this.#entryOf(file);
        if (entry !== undefined) entries.push(entry);
      }
      const isThere = (name: string): boolean => entries.some((entry) => entry.name === name);
      for (const id of this.#parts.kept.take(isThere)) await this.#forget(id);
      const failed = (name: string) => (error: unknown) =>
        report('startup-failed', 'a startup message was not given', { name, reason: describeError(error) });
      for (const entry of entries) await this.#takeUp(entry).catch(failed(entry.name));
      this.#hasBegun = true;
      for (const id of this.#ranHere) if (!this.#given.has(id)) this.#ranHere.delete(id);
    } catch (error) {
      report('startup-failed', 'startup messages could not be given', { reason: describeError(error) });
    }
  }

  /** To be called with every notice. */
  note(notice: Notice): void {
    if (notice.type === 'work') return this.#noteRun(notice);
    if (this.#given.size === 0) return;
    if (notice.type === 'lost' || notice.type === 'unheard')
      for (const entry of this.#given.values()) this.#look(entry);
    else if (notice.type === 'state' && isFinal(notice.state)) {
      const entry = this.#given.get(notice.id);
      if (entry !== undefined) this.#ended(entry, { state: notice.state, reason: notice.reason ?? undefined });
    }
  }

  /** What an earlier life began, or had ended when it died, is no run of this one. */
  #noteRun({ message: { id, from, to }, step, outcome }: Notice & { readonly type: 'work' }): void {
    if (from !== to || this.#ranHere.size >= mostNoted) return;
    const hasRun = step === 'ended' && outcome?.state !== 'unknown' && outcome?.state !== 'cancelled';
    if ((step === 'started' || hasRun) && (!this.#hasBegun || this.#given.get(id)?.isOld === true))
      this.#ranHere.add(id);
  }

  list(): object {
    const known = [...this.#entries.values()].map(({ name, id, state, reason, draft }) => ({
      name,
      method: draft.message.method,
      endless: isEndless(draft),
      state,
      ...(id === undefined ? {} : { id }),
      ...(reason === undefined ? {} : { reason }),
    }));
    const broken = this.#parts.folder.broken().filter((name) => !this.#entries.has(name));
    const aside = broken.map((name) => ({
      name,
      state: 'broken',
      reason: this.#problems.get(name) ?? asideBefore,
    }));
    return { startup: [...known, ...aside], ...(this.#beyond === 0 ? {} : { notRead: this.#beyond }) };
  }

  /** Throws a StewardError where it cannot be taken: nothing is written then. `now`: it does not wait for the next start. */
  async add(name: string, content: Uint8Array, now: boolean): Promise<void> {
    const draft = await this.#parts.draftOf(content, name);
    this.#parts.folder.add(name, content);
    const entry = newEntry(name, draft, content);
    this.#entries.set(name, entry);
    this.#problems.delete(name);
    if (now) await this.#give(entry);
  }

  /** What runs of it is ended where it would run for ever. Throws `invalid-usage` where there is none. */
  async remove(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!this.#parts.folder.remove(name) && entry === undefined)
      throw new StewardError('invalid-usage', `there is no startup message ${JSON.stringify(name.slice(0, 60))}`, {
        hint: '"steward startup" lists them',
      });
    this.#problems.delete(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    entry.stopPause?.();
    if (entry.id !== undefined && entry.state === 'given' && isEndless(entry.draft)) await this.#parts.cancel(entry.id);
  }

  close(): void {
    this.#isClosed = true;
    for (const entry of this.#entries.values()) entry.stopPause?.();
  }

  async #entryOf(file: StartupFile): Promise<Entry | undefined> {
    const { folder, report, draftOf } = this.#parts;
    const { name, path, content } = file;
    try {
      if ('problem' in content) throw new StewardError('invalid-message', content.problem, { place: { file: path } });
      const entry = newEntry(name, await draftOf(content, path), content);
      this.#entries.set(name, entry);
      return entry;
    } catch (error) {
      const place = error instanceof StewardError ? error.place : undefined;
      const hint = error instanceof StewardError ? error.hint : undefined;
      this.#problems.set(name, describeError(error));
      const isAside = folder.setAside(file);
      report('startup-broken', `a startup message was set aside: ${describeError(error)}`, {
        name,
        file: path,
        ...place,
        ...(hint === undefined ? {} : { hint }),
        ...(isAside ? {} : { left: 'its file could not be renamed, and is tried again at the next start' }),
      });
      return undefined;
    }
  }

  /** Its file is gone: what it began has no place any more. */
  async #forget(id: MessageId): Promise<void> {
    const found = await this.#parts.stateOf(id);
    if (found !== undefined && !isFinal(found.state)) await this.#parts.cancel(id);
  }

  async #takeUp(entry: Entry): Promise<void> {
    const kept = this.#parts.kept.get(entry.name);
    const found = kept === undefined ? undefined : await this.#parts.stateOf(kept.id);
    if (kept === undefined || found === undefined || isFinal(found.state)) return this.#give(entry);
    Object.assign(entry, { id: kept.id, isOld: true, state: 'given', givenAt: this.#parts.clock.monotonic() });
    this.#given.set(kept.id, entry);
    this.#look(entry);
    if (kept.sum !== entry.sum) await this.#parts.cancel(kept.id);
  }

  async #give(entry: Entry): Promise<void> {
    if (this.#isClosed || this.#entries.get(entry.name) !== entry) return;
    entry.isOld = false;
    entry.givenAt = this.#parts.clock.monotonic();
    try {
      await this.#parts.submit(entry.draft, (id) => {
        this.#parts.kept.keep(entry.name, { id, sum: entry.sum });
        entry.id = id;
        entry.state = 'given';
        delete entry.reason;
        this.#given.set(id, entry);
      });
    } catch (error) {
      if (entry.id !== undefined) this.#given.delete(entry.id);
      this.#pause(entry, `not accepted: ${describeError(error)}`);
    }
  }

  #look(entry: Entry): void {
    const { id } = entry;
    if (id === undefined) return;
    this.#parts.stateOf(id).then(
      (found) => {
        if (found === undefined || isFinal(found.state)) this.#ended(entry, found ?? { state: 'unknown' }, id);
      },
      (error: unknown) =>
        this.#parts.report('startup-failed', 'it cannot be seen how a startup message fares', {
          name: entry.name,
          reason: describeError(error),
        }),
    );
  }

  #ended(entry: Entry, end: { state: MessageState; reason?: string | undefined }, id = entry.id): void {
    if (id === undefined || entry.id !== id || !this.#given.delete(id) || this.#isClosed) return;
    entry.state = 'ended';
    const why = `${end.state}${end.reason === undefined ? '' : `: ${end.reason}`}`;
    if (end.state !== 'succeeded') entry.reason = why;
    const isChanged = this.#parts.kept.get(entry.name)?.sum !== entry.sum;
    const ranHere = this.#ranHere.delete(id) && end.state !== 'unknown' && !isChanged;
    // It was cancelled by a person of this life where it had run in it; otherwise this life has not given it yet.
    if (entry.isOld && !ranHere) return void this.#give(entry);
    if (end.state === 'cancelled') return;
    if (isEndless(entry.draft)) return this.#pause(entry, why);
    if (end.state !== 'succeeded')
      this.#parts.report('startup-failed', 'a startup message did not succeed', { name: entry.name, id, reason: why });
  }

  #pause(entry: Entry, reason: string): void {
    const { clock, timers, report } = this.#parts;
    if (this.#isClosed || this.#entries.get(entry.name) !== entry) return;
    if (clock.monotonic() - entry.givenAt >= goodRunMs) entry.failures = 0;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(entry.failures, 20));
    entry.failures += 1;
    Object.assign(entry, { state: 'pauses', reason });
    report('startup-ended', 'a startup message is to run on, and begins again', { name: entry.name, reason, pauseMs });
    entry.stopPause = timers.after(pauseMs, () => void this.#give(entry));
  }
}
