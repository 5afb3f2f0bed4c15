// Follows the journal of systemd, by its own program: what comes is handed over with the cursor of its last entry.
//
// From: run-syslog.ts. To: `journalctl`, as a command of the run.
// 1. Where it begins is durable before it follows, so that an entry is neither missed nor brought twice, whichever side dies when.
// 2. The program is not read from while too much waits: it waits at its pipe, and the journal keeps what comes.
// 3. A program that ends by itself is started again behind the last entry, unless it ended at once: then the run fails with what it said.
import { pause } from '../../base/pause.ts';
import type { JournalWish } from '../../model/syslog-args.ts';
import type { FollowMark, OutputPart, Pace } from '../run.ts';
import type { End } from '../long-result.ts';
import type { Handed } from './handed.ts';
import { JournalEntries } from './journal-entries.ts';
import { failedBy, type SyslogContext } from './syslog-context.ts';

const startAgainMs = 1_000;
/** One that ends within this and has brought nothing cannot be followed with. */
const atOnceMs = 5_000;
const mostAnswerBytes = 4 * 1024 * 1024;
const base = ['journalctl', '--output=json', '--all', '--quiet', '--no-pager'];

export async function followJournal(wish: JournalWish, context: SyslogContext): Promise<End> {
  const { followed, handed, clock, timers, signal } = context;
  let cursor = followed !== undefined && 'cursor' in followed ? followed.cursor : undefined;
  if (cursor === undefined) {
    const begin = wish.from === 'start' ? '' : await lastCursor(wish, context);
    if (typeof begin !== 'string') return begin;
    cursor = begin;
    await handed.hand({ stdout: nothing, stderr: nothing }, { cursor });
  }
  for (;;) {
    const began = clock.monotonic();
    const follower = new Follower(handed, wish, cursor);
    const after = cursor === '' ? [] : [`--after-cursor=${cursor}`];
    const args = [...base, '--follow', '--no-tail', ...after, ...wish.filters];
    const result = await context.run(args, (parts) => follower.take(parts));
    if (signal.aborted) return { state: 'failed' };
    const endedAtOnce = follower.cursor === cursor && clock.monotonic() - began < atOnceMs;
    // What was missing to start it (no free process) may come back.
    if (endedAtOnce && result.retry === undefined) return failedBy(result, follower.said);
    cursor = follower.cursor;
    await pause(timers, startAgainMs, signal);
    if (signal.aborted) return { state: 'failed' };
  }
}

/** Of the newest entry that the filters let through; empty where there is none. */
async function lastCursor(wish: JournalWish, context: SyslogContext): Promise<string | End> {
  const result = await context.run([...base, '--lines=1', ...wish.filters], undefined, mostAnswerBytes);
  if (context.signal.aborted) return { state: 'failed' };
  if (result.outcome.state !== 'succeeded') return failedBy(result, Buffer.from(result.stderr).toString());
  // Of an entry of any length.
  const [, cursor = ''] = /"__CURSOR"\s*:\s*"([^"]+)"/.exec(Buffer.from(result.stdout).toString()) ?? [];
  return cursor;
}

class Follower {
  cursor: string;
  /** The last of what it wrote to standard error. */
  said = '';
  readonly #handed: Handed;
  readonly #entries: JournalEntries;

  constructor(handed: Handed, wish: JournalWish, cursor: string) {
    this.#handed = handed;
    this.#entries = new JournalEntries(wish.format);
    this.cursor = cursor;
  }

  take(parts: readonly OutputPart[]): Promise<Pace> {
    const entries = parts.flatMap(({ stdout }) => this.#entries.add(stdout));
    const errors = parts.map(({ stderr }) => stderr).filter((stderr) => stderr.length > 0);
    if (errors.length > 0) this.said = Buffer.concat(errors).toString();
    const words = entries.filter(({ isWord }) => isWord === true).map(({ text }) => text);
    const stdout = Buffer.concat(entries.filter(({ isWord }) => isWord !== true).map(({ text }) => text));
    this.cursor = entries.findLast((entry) => entry.cursor !== undefined)?.cursor ?? this.cursor;
    const mark: FollowMark | undefined = entries.length === 0 ? undefined : { cursor: this.cursor };
    return this.#handed.hand({ stdout, stderr: Buffer.concat([...errors, ...words]) }, mark);
  }
}

const nothing = new Uint8Array(0);
