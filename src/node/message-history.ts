// The log of all messages of a node: hears what became durable, and at the start makes up for what the life before did not write.
//
// Boundary. From: the engine (notices), the store (rows). To: the log (message-log/).
// 1. Nothing of it fails the node: what cannot be done is told to the node's own log.
// 2. What is made up for is what the rows of the store tell and the last lines of the log do not (message-log/find-end.ts). Only for what was taken
//    before the log ended its changes are looked for by wall time, since rows have nothing else: a clock that was put back meanwhile can hide one.
import { systemClock, systemTimers, type Clock, type Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { MessageLine } from '../contract/log-line.ts';
import type { Notice } from '../flow/effect.ts';
import { findEnd, type LogEnd } from '../message-log/find-end.ts';
import { keepFor } from '../message-log/keep-files.ts';
import { openLogFolder, type LogDisk } from '../message-log/log-disk.ts';
import { MessageLog } from '../message-log/message-log.ts';
import { readLog, type LogQuestion } from '../message-log/read-log.ts';
import { StewardError } from '../model/error.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Store } from '../store/open-store.ts';
import type { Config } from './config/config.ts';
import { acceptedLines, bodyOrLeft, queuedLine, replyLine, sentLines, stateLine, workLine } from './history-lines.ts';

/** As the configuration says. */
export function historyOf(
  config: Pick<Config, 'nodeName' | 'logFolder' | 'logKeepMs' | 'logQuotaBytes'>,
  parts: { readonly store: Store; readonly log: Log },
): MessageHistory {
  const { nodeName: node, logFolder: folder, logKeepMs: keepMs, logQuotaBytes: quotaBytes } = config;
  return new MessageHistory({ node, folder, keepMs, quotaBytes, clock: systemClock, timers: systemTimers, ...parts });
}

export interface HistoryParts {
  readonly node: string;
  readonly folder: string;
  readonly keepMs: number;
  readonly quotaBytes: number;
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** In the place of the folder, in tests. */
  readonly disk?: LogDisk;
}

/** Messages that run, remembered; of more a line may say it twice. */
const mostRunning = 4096;
/** Rows of a page. */
const pageRows = 256;
/** Rows that one question looks through for those that it wants, at most: other events are handled in between. */
const stepOrds = 4096;
/** Rows of a box that a start looks at, the newest: of more, what is missing is counted and left out. */
const mostMadeUp = 200_000;

export class MessageHistory {
  private readonly parts: HistoryParts;
  private readonly disk: LogDisk;
  private readonly log: MessageLog;
  /** Messages of which it was told lately that they run: their receivers say so again and again. */
  private readonly running = new Set<string>();
  /** The last body that was noted, which many messages may share. */
  private lastBody: Uint8Array | undefined;

  constructor(parts: HistoryParts) {
    this.parts = parts;
    const { node, keepMs, quotaBytes, clock, timers, log } = parts;
    this.disk = parts.disk ?? openLogFolder(parts.folder);
    const keep = keepFor({ ageMs: keepMs, quotaBytes });
    this.log = new MessageLog({ disk: this.disk, node, wall: () => clock.wall(), keep, timers, log });
  }

  /** Before anything of this life is noted. */
  async begin(): Promise<void> {
    try {
      const end = await findEnd(this.disk);
      const last = await this.parts.store.view({ view: 'last-ords' });
      const { writer } = this.log;
      writer.take(end.present, end.closed);
      // Of a log that there was not yet, this is the beginning.
      writer.ords = { ...(end.ords ?? last) };
      await this.log.begin();
      if (end.ords !== undefined) await this.makeUp(end, last);
    } catch (error) {
      this.parts.log.warn(
        'the log of messages cannot be taken up: what the life before did not write is missing in it',
        {
          reason: error instanceof Error ? error.message : String(error),
        },
      );
      await this.log.begin();
    }
  }

  note(notice: Notice): void {
    const { node } = this.parts;
    switch (notice.type) {
      case 'errors':
      case 'heard':
      // Whether a line went with the step, and which, no row tells.
      case 'unheard':
        return;
      case 'state':
        if (notice.intake !== undefined) return this.noteIntake(notice.at, notice.intake);
        if (notice.state === 'running' && this.isToldToRun(notice.id)) return;
        return this.log.note({ bytes: notice.reason?.length ?? 0, make: () => stateLine(notice, node) });
      case 'reply':
        return this.log.note({ bytes: notice.reason?.length ?? 0, make: () => replyLine(notice, node) });
      case 'work':
        return this.log.note({
          bytes: notice.step === 'accepted' ? lengthOf(notice.message.args) : 0,
          make: () => workLine(notice),
        });
      case 'lost':
        return void this.noteLost(notice);
    }
  }

  /** Lines of the log as they stand there. Throws `store-unavailable` where its files cannot be read. */
  async *read(question: LogQuestion, signal: AbortSignal): AsyncGenerator<readonly string[]> {
    const { timers } = this.parts;
    try {
      yield* readLog({ disk: this.disk, log: this.log, timers, signal }, question);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StewardError('store-unavailable', `the log of messages cannot be read: ${reason}`, {
        hint: 'see LogFolder in the configuration of the node',
        cause: error,
      });
    }
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private noteIntake(at: number, intake: NonNullable<(Notice & { type: 'state' })['intake']>): void {
    const { message } = intake;
    const body = bodyOrLeft(intake.body, message.method);
    const held = body instanceof Uint8Array && body !== this.lastBody ? body.length : 0;
    if (body instanceof Uint8Array) this.lastBody = body;
    this.log.note({
      bytes: lengthOf(message.args) + held,
      make: () => queuedLine(intake, { at, body }),
    });
  }

  private isToldToRun(id: string): boolean {
    if (this.running.has(id)) return true;
    this.running.add(id);
    const oldest = this.running.keys().next();
    if (this.running.size > mostRunning && oldest.done !== true) this.running.delete(oldest.value);
    return false;
  }

  /** The rows say what became of the messages: the lost lanes had no word of each. */
  private async noteLost({ to, at }: Notice & { type: 'lost' }): Promise<void> {
    const { store, node, log } = this.parts;
    try {
      const { outbox: last } = await store.view({ view: 'last-ords' });
      for (let afterOrd = 0; afterOrd < last;) {
        const upToOrd = Math.min(last, afterOrd + stepOrds);
        const rows = await store.view({ view: 'sent-history', afterOrd, upToOrd, since: at, limit: pageRows });
        for (const row of rows) {
          if ((to !== null && row.to !== to && row.target !== to) || row.endedAt !== at) continue;
          for (const line of sentLines(row, { node, fresh: false, since: at })) if (line.at === at) this.noteLine(line);
        }
        afterOrd = rows.length < pageRows ? upToOrd : (rows.at(-1)?.ord ?? upToOrd);
      }
    } catch (error) {
      log.warn('the log of messages lacks what was lost', { node: to ?? 'all', reason: String(error) });
    }
  }

  private async makeUp(end: LogEnd, last: { readonly outbox: number; readonly inbox: number }): Promise<void> {
    const { node, store } = this.parts;
    const ords = { outbox: 0, inbox: 0, ...end.ords };
    const sent = async (afterOrd: number, upToOrd: number, since: number | null): Promise<void> => {
      await this.pages(afterOrd, async (after) => {
        const rows = await store.view({ view: 'sent-history', afterOrd: after, upToOrd, since, limit: pageRows });
        // What waited for others has got its order later than its line.
        const isFresh = ({ heldAs }: OutboxRecord): boolean =>
          since === null && !(heldAs !== null && heldAs <= ords.outbox);
        this.noteMadeUp(
          end,
          rows.flatMap((row) => sentLines(row, { node, fresh: isFresh(row), since: since ?? end.since ?? 0 })),
        );
        return rows.map(({ ord }) => ord);
      });
    };
    const accepted = async (afterOrd: number, upToOrd: number, since: number | null): Promise<void> => {
      await this.pages(afterOrd, async (after) => {
        const rows = await store.view({ view: 'accepted-history', afterOrd: after, upToOrd, since, limit: pageRows });
        const of = { node, fresh: since === null, since: since ?? 0 };
        this.noteMadeUp(
          end,
          rows.flatMap((row) => acceptedLines(row, of)),
        );
        return rows.map(({ ord }) => ord);
      });
    };
    if (!end.closed) {
      await sent(ords.outbox - mostMadeUp, ords.outbox, end.since);
      await accepted(ords.inbox - mostMadeUp, ords.inbox, end.since);
    }
    await sent(Math.max(ords.outbox, last.outbox - mostMadeUp), last.outbox, null);
    await accepted(Math.max(ords.inbox, last.inbox - mostMadeUp), last.inbox, null);
  }

  /** `take` answers the places that it has taken, in order; each page is written before the next is read. */
  private async pages(afterOrd: number, take: (afterOrd: number) => Promise<readonly number[]>): Promise<void> {
    for (let after = afterOrd; ;) {
      const taken = await take(after);
      await this.log.flush();
      const reached = taken.at(-1);
      if (taken.length < pageRows || reached === undefined) return;
      after = reached;
    }
  }

  private noteMadeUp({ told }: LogEnd, lines: readonly MessageLine[]): void {
    const missing = lines.filter(({ what, id }) => !told.has(`${what} ${id}`));
    for (const line of [...missing].sort((one, other) => one.at - other.at)) this.noteLine({ ...line, madeUp: true });
  }

  private noteLine(line: MessageLine): void {
    this.log.note({ bytes: JSON.stringify(line).length, make: () => line });
  }
}

function lengthOf(args: readonly string[]): number {
  return args.reduce((sum, arg) => sum + arg.length, 0);
}
