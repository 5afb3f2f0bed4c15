// A ship with a schedule, and its sender, in the simulated world: what became of each time that was due.
import { expect } from 'vitest';
import { seededRandom, type Random } from '../../src/base/random.ts';
import type { Schedule, ScheduleProgress } from '../../src/model/schedule.ts';
import { requests } from './simulated-history.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from './simulated-world.ts';

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
/** 2026-06-01, 00:00 UTC: what the clocks show at the start. */
export const june = Date.UTC(2026, 5, 1);

export function every(seconds: number, total: number, more: Partial<Schedule> = {}): Schedule {
  const when = { type: 'every' as const, intervalMs: seconds * second, totalMs: total * second };
  return { when, catchUp: 'once', overlap: false, jitterMs: 0, ...more };
}

export function cron(pattern: string, more: Partial<Schedule> & { timezone?: string } = {}): Schedule {
  const { timezone, ...rest } = more;
  const when = { type: 'cron' as const, pattern, ...(timezone === undefined ? {} : { timezone }) };
  return { when, catchUp: 'once', overlap: false, jitterMs: 0, ...rest };
}

export class ScheduledShip {
  readonly w: SimulatedWorld;
  readonly random: Random;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  /** Wall times of the runs that were made durable, by their numbers. */
  readonly made = new Map<number, number>();
  /** The same, on the clock of the schedule. */
  readonly points: number[] = [];
  /** The numbers of the runs whose rows were made durable. */
  readonly rows: number[] = [];
  /** As it was written last. */
  progress: ScheduleProgress | undefined;
  /** When the schedule was made, by the clock of the ship. */
  madeAt = 0;
  /** How often that was. */
  writes = 0;

  constructor(seed = 1, faults: Partial<Faults> & { start?: number } = {}) {
    const { start = june, ...rest } = faults;
    this.w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5, ...rest });
    this.random = seededRandom(seed + 1);
    this.central = this.w.add('central');
    this.ship = this.w.add('ship1');
    for (const node of [this.central, this.ship]) node.wallAhead = start;
    this.watch();
    this.w.start(this.central);
    this.w.start(this.ship);
    this.w.runUntil(100);
  }

  /** To be called for every new store of the ship. */
  private watch(): void {
    const { store } = this.ship;
    const apply = store.apply.bind(store);
    store.apply = (ops) => {
      apply(ops);
      for (const op of ops) {
        if (op.op === 'inbox-add') this.noteRow(op.record.head);
        if (op.op !== 'schedule') continue;
        if (this.writes === 0) this.madeAt = op.record.progress.wall;
        this.writes += 1;
        this.progress = op.record.progress;
        const { runs, lastRun } = op.record.progress;
        if (lastRun === undefined || this.made.has(runs)) continue;
        this.made.set(runs, lastRun.due);
        this.points.push(op.record.progress.done);
      }
    };
  }

  private noteRow(head: string): void {
    const { o: run } = JSON.parse(head) as { readonly o?: { readonly n: number } };
    if (run !== undefined) this.rows.push(run.n);
  }

  /** The ship dies, and starts again so much later. */
  kill(offMs: number): void {
    const { w, ship } = this;
    w.crash(ship);
    w.at(offMs, () => w.start(ship));
  }

  /** The clock of the ship is set. */
  setClock(byMs: number): void {
    this.ship.wallAhead += byMs;
  }

  wall(): number {
    return this.w.now + this.ship.wallAhead;
  }

  /** Local times of runs, for people. */
  dues(): readonly string[] {
    return [...this.made.values()].map((due) => new Date(due).toISOString());
  }

  /** Commands that were started on the ship. */
  started(): number {
    return this.w.runs.filter(({ node, message }) => node === 'ship1' && message.method === 'cliCommand').length;
  }

  /** The one request of central. */
  request(): ReturnType<typeof requests>[number] {
    const [request, ...more] = requests(this.central);
    if (request === undefined || more.length > 0) throw new Error('central has not one request');
    return request;
  }
}

/** Every time that was due is a run, or counted as something else; none is run twice. */
export function checkSchedule(s: ScheduledShip, at: string, points: number): ScheduleProgress {
  const { progress, made, w } = s;
  if (progress === undefined) throw new Error(`${at}: there was no schedule`);
  const { runs, skipped, missed, paused, owed } = toldOf(s) ?? progress;
  expect(runs + skipped + missed + paused + owed, `${at}: of ${points} times, ${JSON.stringify(progress)}`).toBe(
    points,
  );
  expect(made.size, `${at}: runs`).toBe(runs);
  expect(new Set(s.points).size, `${at}: a time was run twice`).toBe(runs);
  // No run was made that the schedule did not know of.
  expect(
    s.rows.toSorted((a, b) => a - b),
    `${at}: rows of runs`,
  ).toEqual(Array.from({ length: runs }, (_none, index) => index + 1));
  const ids = w.runs
    .filter(({ node, message }) => node === 'ship1' && message.runOf !== undefined && message.rerun === 'never')
    .map(({ id }) => id);
  expect(new Set(ids).size, `${at}: a run was started twice`).toBe(ids.length);
  return progress;
}

/** The counts of one that has ended, as its sender was told: the last of them are written nowhere else. */
function toldOf({
  central,
}: ScheduledShip): Pick<ScheduleProgress, 'runs' | 'skipped' | 'missed' | 'paused' | 'owed'> | undefined {
  const [request] = requests(central).filter(({ lane }) => lane !== 'control');
  const answer = central.store.contents().inbox.find(({ ord }) => ord === request?.answerOrd);
  const text = Buffer.from(answer?.body ?? []).toString();
  if (!text.includes(' runs')) return undefined;
  const count = (what: string): number => Number(new RegExp(`^(\\d+)( and more)? ${what}`, 'm').exec(text)?.[1] ?? 0);
  return { runs: count('runs'), skipped: count('skipped'), missed: count('missed'), paused: count('passed'), owed: 0 };
}
