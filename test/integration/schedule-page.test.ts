// Runs what docs/schedules.md shows.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SchedulesView } from '../../src/contract/schedules.ts';
import type { Said } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { fencesIn } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';

const pair = usePair();
const fences = fencesIn(readText('docs/schedules.md'));

function fence(info: string): string {
  const found = fences.find((candidate) => candidate.info === info);
  if (found === undefined) throw new Error(`the page has no block "${info}"`);
  return found.text.trim();
}

/** As it stands there, with this id. */
function type(info: string, id = ''): Promise<Said> {
  const [program, ...words] = fence(info).split(' ');
  expect(program).toBe('steward');
  return pair.central.steward(...words.map((word) => (word === 'ID' ? id : word)));
}

async function listed(): Promise<SchedulesView['schedules']> {
  const { out } = await pair.central.steward('schedule', 'list', '--at', 'ship1', '--json');
  return (JSON.parse(out) as SchedulesView).schedules;
}

test('schedules page - every block is of a kind that is executed here', () => {
  expect(fences.map(({ info }) => info)).toEqual([
    'sh every',
    'json nightly.json',
    'sh send',
    'sh list',
    'sh pause',
    'sh resume',
    'sh cancel',
  ]);
});

test('schedules page - a command runs three times, and its results are where it says', async () => {
  const { central } = pair;
  const said = await type('sh every');
  expect(said).toMatchObject({ status: 0, err: expect.stringContaining('schedules/NODE/uptime.txt') as string });
  const view = await central.settled(said.out.trim());
  expect(view.state).toBe('succeeded');
  expect((await central.steward('output', view.id)).out).toBe('3 runs: 3 succeeded\n');
  await waitFor(
    'three results',
    () => central.data('schedules', 'ship1', 'uptime.txt').toString().split('\n').length === 4,
  );
});

test('schedules page - a line of cron is listed, paused, resumed and cancelled', async () => {
  const { central, ship } = pair;
  writeFileSync(central.path('nightly.json'), fence('json nightly.json'));
  const id = (await type('sh send')).out.trim();
  await waitFor('the schedule', async () => (await listed()).length === 1);
  expect((await listed())[0]).toMatchObject({
    id,
    when: '0 3 * * *',
    timezone: 'Europe/Oslo',
    state: 'waiting',
    jitterMs: 600_000,
  });
  const text = (await type('sh list')).out;
  expect(text).toMatch(/^ID +FROM +WHEN +STATE +NEXT/);
  expect(text).toContain(`${id}  central  0 3 * * * Europe/Oslo  waiting`);
  expect((await type('sh pause', id)).out).toContain('paused by central');
  // Its own node needs no link for that.
  expect((await ship.steward('schedule')).out).toContain('paused by central');
  expect((await type('sh resume', id)).out).toContain('waiting');
  expect((await central.client.message(id)).state).toBe('running');
  expect((await type('sh cancel', id)).status).toBe(0);
  expect((await central.settled(id)).state).toBe('cancelled');
  expect((await ship.steward('schedule')).out).toBe('no schedule goes\n');
});

test('schedules page - what is asked wrongly is told in one line', async () => {
  const { central } = pair;
  const wrong = async (...words: readonly string[]): Promise<Said> => central.steward('schedule', ...words);
  expect(await wrong('stop')).toMatchObject({
    status: 2,
    err: expect.stringContaining('there is no "stop"') as string,
  });
  expect(await wrong('pause')).toMatchObject({
    status: 2,
    err: expect.stringContaining('no schedule is named') as string,
  });
  expect(await wrong('pause', '01j9zq3k5w7m2x4c6v8b')).toMatchObject({
    status: 2,
    err: expect.stringContaining('there is no schedule 01j9zq3k5w7m2x4c6v8b on central') as string,
  });
  expect(await wrong('pause', '--at', 'ship1', '01j9zq3k5w7m2x4c6v8b')).toMatchObject({
    status: 1,
    err: expect.stringContaining('there is no schedule') as string,
  });
  expect(await central.steward('run', '--every', '1s', '--cron', '* * * * *', 'ship1', '--', 'true')).toMatchObject({
    status: 2,
    err: expect.stringContaining('exclude each other') as string,
  });
});
