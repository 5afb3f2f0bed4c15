// Schedules over the flow of two nodes, with an injected clock: links that are down, nodes that die.
import { describe, expect, test } from 'vitest';
import type { CatchUp } from '../../../src/model/schedule.ts';
import { checkSchedule, every, minute, ScheduledShip, second } from '../../support/scheduled-ship.ts';
import { draft } from '../../support/simulated-world.ts';

const catchUps: readonly CatchUp[] = ['once', 'all', 'none'];

function answers({ central }: ScheduledShip): readonly string[] {
  return (central.files.get('ship1/answers') ?? '').split('\n').filter((line) => line !== '');
}

describe('schedules', () => {
  test('schedule - runs at once and then every second, answers in order, and ends with a count', () => {
    const s = new ScheduledShip();
    s.w.submit(s.central, [draft('ship1', 'cliCommand', { schedule: every(1, 10) }), draft('ship1', 'cliCommand')]);
    s.w.runUntil(5 * second);
    // The next of its lane does not wait for its end.
    expect(s.central.store.contents().outbox.map(({ state }) => state)).toEqual(['running', 'succeeded']);
    s.w.runUntil(30 * second);
    checkSchedule(s, 'ten seconds', 10);
    expect(answers(s)).toHaveLength(11);
    expect(answers(s)).toEqual([...answers(s)].sort());
    const [request] = s.central.store.contents().outbox;
    expect(request).toMatchObject({ state: 'succeeded', replyState: 'handled' });
    expect(
      Buffer.from(
        s.central.store.contents().inbox.find(({ ord }) => ord === request?.answerOrd)?.body ?? [],
      ).toString(),
    ).toBe('10 runs: 10 succeeded\n');
    // Of what has run nothing is kept on the ship but its messages.
    expect(s.ship.store.look().schedules.size).toBe(0);
    expect(s.ship.store.contents().inbox).toHaveLength(2);
  });

  test.each(catchUps)(
    'schedule - of ten minutes with kills and without a link for five, each second is a run or counted (%s)',
    (catchUp) => {
      for (let seed = 1; seed <= 3; seed += 1) {
        const at = `seed ${seed}, ${catchUp}`;
        const s = new ScheduledShip(seed, { loss: 0.05, duplicate: 0.05, delayMs: 50, methodMs: 600 });
        s.w.submit(s.central, [draft('ship1', 'cliCommand', { schedule: every(1, 600, { catchUp }) })]);
        for (let minutes = 0; minutes < 9.5; minutes += 0.2 + s.random.next())
          s.w.at(minutes * minute + s.random.next() * second, () => {
            if (s.ship.flow !== undefined)
              s.kill(s.random.next() < 0.3 ? 90 * second * s.random.next() : 3 * second * s.random.next());
          });
        s.w.at(2 * minute, () => s.w.unlink(s.ship));
        s.w.reaches = () => s.w.now < 2 * minute || s.w.now > 7 * minute;
        s.w.at(7 * minute, () => s.w.link(s.central));
        s.w.at(4 * minute, () => s.w.crash(s.central));
        s.w.at(4.5 * minute, () => s.w.start(s.central));
        s.w.runUntil(30 * minute);
        const { runs, missed, ended, going } = checkSchedule(s, at, 600);
        expect(going, `${at}: schedule`).toEqual([]);
        expect(runs, `${at}: schedule`).toBeGreaterThan(200);
        expect(s.started(), `${at}: schedule`).toBeLessThanOrEqual(runs);
        expect(s.started() + (ended.unknown ?? 0), `${at}: schedule`).toBeGreaterThanOrEqual(runs);
        expect(ended.unknown ?? 0, `${at}: schedule`).toBeGreaterThan(0);
        if (catchUp === 'all') expect(missed, `${at}: schedule`).toBe(0);
        else expect(missed, `${at}: schedule`).toBeGreaterThan(0);
        expect(s.request(), `${at}: schedule`).toMatchObject({ state: 'succeeded' });
        // Every run that is known to have ended has brought its answer, once.
        expect(answers(s), `${at}: schedule`).toHaveLength(ended.succeeded ?? 0);
        expect(new Set(answers(s)).size, `${at}: schedule`).toBe(answers(s).length);
      }
    },
  );
});
