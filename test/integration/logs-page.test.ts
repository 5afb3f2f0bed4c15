// Runs what docs/logs.md shows.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { giveJournal } from '../support/journal-program.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { fencesIn } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';

const pair = usePair();
const fences = fencesIn(readText('docs/logs.md'));

function fence(info: string): string {
  const found = fences.find((candidate) => candidate.info === info);
  if (found === undefined) throw new Error(`the page has no block "${info}"`);
  return found.text.trim();
}

test('logs page - logs and metrics of a ship come to files on central, also what came while it was away', async () => {
  expect(fences.map(({ info }) => info)).toEqual(['json logs.json', 'sh send', 'text lines', 'sh logger']);
  giveJournal(pair.ship);
  const [journalLine = '', socketLine = '', fileLine = '', metricsLine = ''] = fence('text lines').split('\n');
  const [, at = '', text = ''] = /^(\S+) ship1 kernel: (.*)$/.exec(journalLine) ?? [];
  let entries = 0;
  const note = (): void => {
    const entry = {
      __CURSOR: `c=${(entries += 1)}`,
      __REALTIME_TIMESTAMP: `${Date.parse(at)}000`,
      _HOSTNAME: 'ship1',
      SYSLOG_IDENTIFIER: 'kernel',
      MESSAGE: text,
    };
    appendFileSync(pair.ship.path('journal'), `${JSON.stringify(entry)}\n`);
  };
  const [, ...logger] = fence('sh logger').match(/"[^"]*"|\S+/g) ?? [];
  const log = (): void => {
    const args = logger.map((word) => word.replaceAll('"', ''));
    expect(spawnSync('logger', ['-p', 'user.warning', ...args], { cwd: pair.ship.folder }).status).toBe(0);
  };
  writeFileSync(pair.ship.path('bridge.log'), '');
  await pair.ship.stop();
  await pair.ship.startLinked();
  // Not to wait for a minute.
  writeFileSync(pair.central.path('logs.json'), fence('json logs.json').replace('sleep 60', 'sleep 0.2'));
  const sent = await pair.central.steward(...fence('sh send').split(' ').slice(1));
  expect(sent.status).toBe(0);
  const ids = sent.out.match(/\b[0-9a-z]{20}\b/g) ?? [];
  expect(ids.length).toBe(4);
  for (const id of ids)
    await waitFor('the run', async () => (await pair.central.client.message(id)).state === 'running');
  await waitFor('the socket', () => existsSync(pair.ship.path('engine.sock')));
  const got = (folder: string, name: string): string => pair.central.data(folder, 'ship1', name).toString();

  note();
  log();
  appendFileSync(pair.ship.path('bridge.log'), `${fileLine}\n`);
  await waitFor('the journal', () => got('logs', 'journal.log') === `${journalLine}\n`);
  await waitFor('the file', () => got('logs', 'bridge.log') === `${fileLine}\n`);
  // logger puts the time before the tag.
  const [priority = '', socketText = ''] = socketLine.split('>');
  await waitFor('the socket', () => got('logs', 'engine.log').endsWith(`${socketText}\n`), {
    seen: () => got('logs', 'engine.log'),
  });
  expect(got('logs', 'engine.log').startsWith(`${priority}>`)).toBe(true);
  await waitFor('two lines of metrics', () => got('metrics', 'load.txt').split('\n').length > 2);
  const form = new RegExp(`^(${metricsLine.replace(/\d+/g, '\\d+').replace('.', '\\.')}\\n)+$`);
  expect(got('metrics', 'load.txt')).toMatch(form);

  await pair.ship.kill();
  note();
  appendFileSync(pair.ship.path('bridge.log'), `${fileLine}\n`);
  const metrics = got('metrics', 'load.txt').length;
  await pair.ship.startLinked();
  await waitFor('more metrics', () => got('metrics', 'load.txt').length > metrics + 100);
  await waitFor('the journal', () => got('logs', 'journal.log') === `${journalLine}\n`.repeat(2));
  await waitFor('the file', () => got('logs', 'bridge.log') === `${fileLine}\n`.repeat(2));
  for (const id of ids) {
    expect((await pair.central.steward('cancel', id)).status).toBe(0);
    expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  }
});
