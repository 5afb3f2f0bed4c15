// Random schedules under random faults: kills, links, clocks that are set, disks that are full, orders of operators.
import { expect, test } from 'vitest';
import type { Random } from '../../../src/base/random.ts';
import type { Schedule } from '../../../src/model/schedule.ts';
import { timetableOf } from '../../../src/model/timetable.ts';
import { requests } from '../../support/simulated-history.ts';
import { checkSchedule, cron, every, hour, minute, ScheduledShip, second } from '../../support/scheduled-ship.ts';
import { draft } from '../../support/simulated-world.ts';

const seeds = Number(process.env['STEWARD_TEST_SEEDS'] ?? 12);
const only = process.env['STEWARD_TEST_SEED'];
const lastsMs = 2 * hour;

function of<T>(random: Random, all: readonly T[]): T {
  const found = all[Math.floor(random.next() * all.length)];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}

function drawSchedule(random: Random): Schedule {
  const more = {
    catchUp: of(random, ['once', 'all', 'none'] as const),
    overlap: random.next() < 0.3,
    jitterMs: of(random, [0, 0, 30 * second]),
  };
  if (random.next() < 0.5) return every(of(random, [1, 7, 60]), of(random, [60, 600, 3_600]), more);
  const timezone = of(random, ['UTC', 'Europe/Oslo', 'Australia/Lord_Howe']);
  return cron(of(random, ['*/5 * * * *', '* * * * *', '*/20 * * * * *', '7,37 * * * *']), { ...more, timezone });
}

/** Something that may go wrong, or that somebody wishes. */
function strike(s: ScheduledShip, random: Random, mayJump: boolean): void {
  const { w, ship, central } = s;
  const isUp = ship.flow !== undefined;
  const what = random.next();
  if (what < 0.4 && isUp) return s.kill(of(random, [200, 3 * second, 90 * second, 20 * minute]) * random.next());
  if (what < 0.55 && isUp) {
    w.unlink(ship);
    return w.at(10 * minute * random.next(), () => ship.flow !== undefined && !ship.linked && w.link(ship));
  }
  if (what < 0.65) {
    w.crash(central);
    return w.at(minute * random.next(), () => w.start(central));
  }
  if (what < 0.75 && isUp) {
    ship.full = true;
    return w.at(minute * random.next(), () => w.freeDisk(ship));
  }
  if (what < 0.85 && mayJump) return s.setClock(of(random, [-hour, -10 * minute, 3 * second, 30 * minute]));
  if (isUp) order(s, of(random, ['pause', 'resume', 'resume', 'list']));
}

function order(s: ScheduledShip, verb: string): void {
  const id = requests(s.central)[0]?.id ?? '';
  s.w.step(s.ship, { type: 'schedule', words: [verb, id], by: 'ann', answer: () => undefined });
}

/** What became of the schedule of this seed. */
function storm(seed: number): void {
  const s = new ScheduledShip(seed, { loss: 0.1, duplicate: 0.1, delayMs: 60, methodMs: seed % 3 === 0 ? 8_000 : 300 });
  const { random, w } = s;
  const schedule = drawSchedule(random);
  const mayJump = random.next() < 0.5;
  const at = `seed ${seed}, ${JSON.stringify(schedule)}`;
  w.submit(s.central, [draft('ship1', 'cliCommand', { schedule, rerun: of(random, ['never', 'never', 'always']) })]);
  w.runUntil(second);
  for (let next = 0; next < lastsMs; next += minute * (1 + 12 * random.next()))
    w.at(next, () => strike(s, random, mayJump));
  w.runUntil(lastsMs + hour);
  s.ship.full = false;
  w.freeDisk(s.ship);
  for (const node of [s.central, s.ship]) if (node.flow === undefined) w.start(node);
  w.runUntil(w.now + second);
  for (const node of [s.central, s.ship]) if (!node.linked) w.link(node);
  order(s, 'resume');
  w.runUntil(w.now + hour);
  const beforeCancel = s.wall();
  order(s, 'cancel');
  w.runUntil(w.now + hour);
  checkEnd(s, at);
  const { progress } = s;
  // An interval hears of no clock that is set while its node runs, and of one that is set while it is off only as of time that passed.
  if (schedule.when.type === 'every')
    return void checkSchedule(s, at, Math.ceil(schedule.when.totalMs / schedule.when.intervalMs));
  if (mayJump || progress?.missedMore === true) return;
  const points = timetableOf(schedule).count({ after: s.madeAt, until: beforeCancel, most: 20_000 }).count;
  const { runs, skipped, missed, paused, owed } = progress ?? { runs: 0, skipped: 0, missed: 0, paused: 0, owed: 0 };
  // With jitter the last one may not have come.
  expect(
    Math.abs(runs + skipped + missed + paused + owed - points),
    `${at}: of ${points} times, ${JSON.stringify({ progress, beforeCancel })}`,
  ).toBeLessThanOrEqual(2);
}

function checkEnd(s: ScheduledShip, at: string): void {
  const { progress, made, w, ship, central } = s;
  if (progress === undefined) throw new Error(`${at}: there was no schedule`);
  const [request] = requests(central);
  expect(['succeeded', 'cancelled'], `${at}: its state`).toContain(request?.state);
  expect(progress.going, `${at}: what goes`).toEqual([]);
  const ended = Object.values(progress.ended).reduce((sum, count) => sum + count, 0);
  expect(ended, `${at}: runs that ended`).toBe(progress.runs);
  expect(made.size, `${at}: runs`).toBe(progress.runs);
  expect(new Set(s.points).size, `${at}: a time was run twice`).toBe(made.size);
  expect(new Set(s.rows).size, `${at}: a run was made twice`).toBe(s.rows.length);
  expect(s.rows.length, `${at}: rows of runs`).toBe(progress.runs);
  expect(progress.runs, `${at}: nothing ran`).toBeGreaterThan(0);
  const started = w.runs.filter(
    ({ node, message }) => node === 'ship1' && message.runOf !== undefined && message.rerun === 'never',
  );
  expect(new Set(started.map(({ id }) => id)).size, `${at}: a run was started twice`).toBe(started.length);
  const answers = (central.files.get('ship1/answers') ?? '').split('\n').filter((line) => line !== '');
  expect(answers.length, `${at}: answers`).toBe(progress.ended.succeeded ?? 0);
  expect(new Set(answers).size, `${at}: an answer came twice`).toBe(answers.length);
  expect(ship.store.look().schedules.size, `${at}: schedules`).toBe(0);
  const open = [
    ...ship.store.contents().outbox.filter((one) => one.open),
    ...ship.store.contents().inbox.filter(({ state }) => state !== 'ended'),
  ];
  expect(open, `${at}: what waits`).toEqual([]);
  expect(
    ship.store.contents().inbox.filter(({ lane }) => lane === 'cliCommand*'),
    `${at}: rows of runs`,
  ).toEqual([]);
}

const chosen = only === undefined ? Array.from({ length: seeds }, (_none, index) => index + 1) : [Number(only)];

test.each(chosen)('schedule storm - each time is decided upon once, and each run is known (seed %i)', storm, 60_000);
