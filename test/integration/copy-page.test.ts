// Runs what docs/copy.md shows.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { fencesIn } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';

const pair = usePair();
const fences = fencesIn(readText('docs/copy.md'));
const fence = (info: string): string => fences.find((one) => one.info === info)?.text.trim() ?? '';

test('copy page - what it shows does what it says', async () => {
  expect(fences.map(({ info }) => info)).toEqual(['sh copies', 'text lines', 'json message', 'json message']);
  const ship2 = pair.fleet.add('ship2');
  await ship2.startLinked();
  const { central, ship } = pair;
  for (const folder of ['logs', 'charts']) mkdirSync(ship.path(folder));
  writeFileSync(central.path('app.conf'), 'port 1\n');
  writeFileSync(central.path('notes.txt'), 'notes\n');
  writeFileSync(ship.path('logs', 'bridge.log'), 'all well\n');
  writeFileSync(ship.path('logs', 'engine.log'), 'all warm\n');
  writeFileSync(ship.path('charts', 'north'), 'rocks\n');
  const said: string[] = [];
  for (const line of fence('sh copies').split('\n')) {
    const words = line.split(' ').map((word) => word.replaceAll("'", ''));
    const { status, out } = await central.steward(...words.slice(1));
    expect([line, status]).toEqual([line, 0]);
    said.push(out);
  }
  expect(said[1]?.replaceAll(central.folder, '/srv/central').trim()).toBe(fence('text lines'));
  expect(readFileSync(ship.path('app', 'app.conf'), 'utf8')).toBe('port 1\n');
  expect(readFileSync(central.path('logs', 'engine.log'), 'utf8')).toBe('all warm\n');
  expect(readFileSync(ship2.path('charts', 'north'), 'utf8')).toBe('rocks\n');
  for (const node of [ship, ship2]) expect(readFileSync(node.path('notes', 'notes.txt'), 'utf8')).toBe('notes\n');
  writeFileSync(central.path('words.txt'), 'two\none\n');
  const messages = fences.filter(({ info }) => info === 'json message');
  for (const { text } of messages) {
    writeFileSync(central.path('copy.json'), text);
    expect((await central.steward('send', '--wait', 'copy.json')).status).toBe(0);
  }
  expect(readFileSync(central.path('bridge-of-ship1.log'), 'utf8')).toBe('all well\n');
  expect(central.data('ship1', 'cliCommand.log').toString()).toBe('one\ntwo\n');
});
