// Copies of files, folders and links: by real nodes, in both directions and between two of them.
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const copy = (...words: readonly string[]): ReturnType<typeof pair.central.steward> =>
  pair.central.steward('cp', ...words);
const parts = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.includes('steward-part'));

test('copy - a file to a node keeps content, mode and time, and is not sent again', async () => {
  const bytes = randomBytes(3_000_000);
  writeFileSync(pair.central.path('app.bin'), bytes);
  chmodSync(pair.central.path('app.bin'), 0o741);
  utimesSync(pair.central.path('app.bin'), 1_600_000_000, 1_600_000_000.25);
  const first = await copy('app.bin', 'ship1:sub/app.bin');
  expect(first.status).toBe(0);
  expect(first.out).toBe('copied 1 of 1 to ship1:sub/app.bin, 3000000 bytes sent\n');
  const target = pair.ship.path('sub', 'app.bin');
  expect(readFileSync(target).equals(bytes)).toBe(true);
  const { mode, mtimeMs } = statSync(target);
  expect([mode & 0o7777, mtimeMs]).toEqual([0o741, 1_600_000_000_250]);
  expect(parts(pair.ship.path('sub'))).toEqual([]);
  const second = await copy('app.bin', 'ship1:sub/');
  expect(second.out).toBe('copied 1 of 1 to ship1:sub/, 0 bytes sent, 1 of them were there\n');
});

test('copy - one that nobody watched is shown later as if it had been watched', async () => {
  writeFileSync(pair.central.path('later.bin'), randomBytes(2_000_000));
  const sent = await copy('--no-wait', 'later.bin', 'ship1:later.bin');
  const shown = await pair.central.steward('output', '--follow', sent.out.trim());
  expect(shown).toMatchObject({ status: 0, out: 'copied 1 of 1 to ship1:later.bin, 2000000 bytes sent\n' });
  expect((await pair.central.steward('output', sent.out.trim())).out).toBe(shown.out);
  const waiting = await copy('--no-wait', 'later.bin', 'away:later.bin');
  const soFar = await pair.central.steward('output', waiting.out.trim());
  expect(soFar.out).toMatch(/^(queued|delivered|running|away: 0 )/);
  expect(soFar.out).not.toContain('{');
  expect((await pair.central.steward('cancel', waiting.out.trim())).status).toBe(0);
});

test('copy - a file from a node, and into a folder that is there', async () => {
  writeFileSync(pair.ship.path('answer.txt'), 'forty-two\n');
  mkdirSync(pair.central.path('into'));
  expect(await copy('ship1:answer.txt', 'into')).toMatchObject({ status: 0 });
  expect(readFileSync(pair.central.path('into', 'answer.txt'), 'utf8')).toBe('forty-two\n');
  writeFileSync(pair.ship.path('answer.txt'), '');
  expect(await copy('ship1:answer.txt', 'into/')).toMatchObject({ status: 0 });
  expect(readFileSync(pair.central.path('into', 'answer.txt'), 'utf8')).toBe('');
});

test('copy - a folder with folders, links and empty files; again it brings only what is new', async () => {
  const tree = pair.ship.path('tree');
  mkdirSync(join(tree, 'deep', 'er'), { recursive: true });
  mkdirSync(join(tree, 'nothing'));
  for (let index = 0; index < 600; index += 1) writeFileSync(join(tree, 'deep', `file-${index}`), `${index}\n`);
  writeFileSync(join(tree, 'deep', 'er', 'strange name\n"x"'), 'x');
  writeFileSync(join(tree, 'empty'), '');
  symlinkSync('deep/file-1', join(tree, 'link'));
  symlinkSync('nowhere', join(tree, 'broken'));
  const first = await copy('ship1:tree', 'copies/tree');
  expect(first).toMatchObject({ status: 0 });
  const copied = pair.central.path('copies', 'tree');
  expect(readdirSync(copied).sort()).toEqual(['broken', 'deep', 'empty', 'link', 'nothing']);
  expect(readFileSync(join(copied, 'deep', 'file-599'), 'utf8')).toBe('599\n');
  expect(readFileSync(join(copied, 'deep', 'er', 'strange name\n"x"'), 'utf8')).toBe('x');
  expect([readlinkSync(join(copied, 'link')), readlinkSync(join(copied, 'broken'))]).toEqual([
    'deep/file-1',
    'nowhere',
  ]);
  writeFileSync(join(tree, 'deep', 'file-7'), 'another\n');
  const second = await copy('ship1:tree', 'copies/tree');
  expect(second.out).toContain(', 8 bytes sent, 601 of them were there');
  expect(readFileSync(join(copied, 'deep', 'file-7'), 'utf8')).toBe('another\n');
});

test('copy - what a pattern matches, under its own names', async () => {
  mkdirSync(pair.ship.path('logs', 'a'), { recursive: true });
  mkdirSync(pair.ship.path('logs', 'b'), { recursive: true });
  for (const name of ['a/one.log', 'b/one.log', 'b/two.txt']) writeFileSync(pair.ship.path('logs', name), name);
  expect(await copy('ship1:logs/*/*.log', 'gathered/')).toMatchObject({ status: 0 });
  expect(readFileSync(pair.central.path('gathered', 'b', 'one.log'), 'utf8')).toBe('b/one.log');
  expect(existsSync(pair.central.path('gathered', 'b', 'two.txt'))).toBe(false);
  const none = await copy('ship1:logs/*.nothing', 'gathered/');
  expect(none).toMatchObject({ status: 1, err: expect.stringContaining('nothing matches logs/*.nothing') as string });
});

test('copy - what cannot be copied is told, and the rest is copied', async () => {
  mkdirSync(pair.central.path('some'));
  writeFileSync(pair.central.path('some', 'one'), '1');
  writeFileSync(pair.central.path('some', 'two'), '2');
  mkdirSync(pair.ship.path('taken', 'one'), { recursive: true });
  const some = await copy('some', 'ship1:taken');
  expect(some.status).toBe(1);
  expect(some.err).toContain('not copied: one: ');
  expect(some.err).toContain('is a folder');
  expect(readFileSync(pair.ship.path('taken', 'two'), 'utf8')).toBe('2');
  for (const [from, why] of [
    ['missing', 'there is no file'],
    ['/dev/null', 'neither a file nor a folder'],
  ] as const)
    expect(await copy(from, 'ship1:x')).toMatchObject({ status: 1, err: expect.stringContaining(why) as string });
  writeFileSync(pair.ship.path('in-the-way'), '');
  const below = await copy('some/one', 'ship1:in-the-way/below/one');
  expect(below).toMatchObject({ status: 1, err: expect.stringContaining('is a file') as string });
});

test('copy - a log that is written to meanwhile comes as it was when it was read', async () => {
  const log = pair.ship.path('busy.log');
  const begin = randomBytes(6_000_000);
  writeFileSync(log, begin);
  const writing = setInterval(() => appendFileSync(log, 'one more line\n'), 10);
  try {
    expect(await copy('ship1:busy.log', 'busy.log')).toMatchObject({ status: 0, err: '' });
  } finally {
    clearInterval(writing);
  }
  const copied = readFileSync(pair.central.path('busy.log'));
  expect(copied.length).toBeLessThan(statSync(log).size);
  expect(copied.equals(readFileSync(log).subarray(0, copied.length))).toBe(true);
  expect(copied.subarray(0, begin.length).equals(begin)).toBe(true);
}, 60_000);

test('copy - a copy that both nodes are killed in goes on where it was, and what is left over has gone', async () => {
  const bytes = randomBytes(30_000_000);
  writeFileSync(pair.ship.path('large'), bytes);
  const [id] = await pair.central.submit({
    toNode: 'ship1',
    method: 'copySrc',
    methodArgs: ['large', 'central', 'large-copy'],
    replyMethod: 'none',
  });
  const come = (): number => {
    const [part] = parts(pair.central.path());
    return part === undefined ? 0 : statSync(pair.central.path(part)).size;
  };
  for (const [node, from] of [
    [pair.ship, 2_000_000],
    [pair.central, 8_000_000],
    [pair.ship, 14_000_000],
    [pair.central, 20_000_000],
  ] as const) {
    await waitFor(`${from} bytes`, () => come() >= from, { withinMs: 30_000, seen: come });
    await node.kill();
    await node.start();
    expect(come()).toBeGreaterThanOrEqual(from);
  }
  expect(await pair.central.settled(id, 60_000)).toMatchObject({ state: 'succeeded' });
  expect(readFileSync(pair.central.path('large-copy')).equals(bytes)).toBe(true);
  expect(parts(pair.central.path())).toEqual([]);
  const { out } = await pair.ship.steward('status', '--json');
  expect(JSON.parse(out)).toMatchObject({ counts: { queued: 0, delivered: 0 } });
}, 120_000);

test('copy - a cancel ends it, and the same again goes on', async () => {
  const bytes = randomBytes(60_000_000);
  writeFileSync(pair.central.path('cancelled'), bytes);
  const [id = ''] = await pair.central.submit({
    toNode: 'central',
    method: 'copySrc',
    methodArgs: ['cancelled', 'ship1', 'cancelled'],
    replyMethod: 'none',
  });
  await waitFor('the beginning', () => parts(pair.ship.path()).length > 0, { withinMs: 30_000 });
  await pair.central.steward('cancel', id);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  const again = await copy('cancelled', 'ship1:cancelled');
  expect(again.status).toBe(0);
  const sent = Number(/(\d+) bytes sent/.exec(again.out)?.[1]);
  expect(sent).toBeLessThan(60_000_000);
  expect(readFileSync(pair.ship.path('cancelled')).equals(bytes)).toBe(true);
  rmSync(pair.ship.path('cancelled'));
}, 60_000);

test('copy - to the work folder of a node, and to a node that nobody has heard of', async () => {
  writeFileSync(pair.central.path('plain'), 'plain\n');
  expect(await copy('-r', 'plain', 'ship1:')).toMatchObject({ status: 0 });
  expect(readFileSync(pair.ship.path('plain'), 'utf8')).toBe('plain\n');
  expect(await copy('ship1:', '.')).toMatchObject({
    status: 2,
    err: expect.stringContaining('names no path') as string,
  });
  const unheard = await copy('--no-wait', 'plain', 'shipp1:');
  expect(unheard.err).toContain('not heard of yet: shipp1 (did you mean ship1?)');
  expect((await pair.central.steward('cancel', unheard.out.trim())).status).toBe(0);
});

test('copy - those to nodes that are away keep out neither other copies nor commands', async () => {
  writeFileSync(pair.central.path('quick'), 'quick\n');
  const absent = await pair.central.submit(
    ...Array.from({ length: 140 }, (_none, index) => ({
      toNode: 'central',
      method: 'copySrc',
      methodArgs: ['quick', `away${index}`, 'x'],
      replyMethod: 'none',
    })),
  );
  const asking = async (): Promise<number> =>
    (await pair.central.client.queue({})).messages.filter(({ method }) => method === 'copyDst').length;
  await waitFor('them to wait', async () => (await asking()) >= 140, { withinMs: 30_000, seen: asking });
  expect(await copy('quick', 'ship1:quick')).toMatchObject({ status: 0 });
  const ran = await pair.central.ask({
    toNode: 'central',
    method: 'nCliCommand',
    methodArgs: ['true'],
    replyMethod: 'none',
  });
  expect(ran.state).toBe('succeeded');
  expect((await pair.central.steward('cancel', ...absent)).status).toBe(0);
  const log = (await pair.central.steward('log')).out;
  expect(log.split('copySrc').length).toBeGreaterThan(140);
  expect(log.split('copyDst').length).toBe(1);
}, 60_000);

test('copy - to a node that never comes ends when its message expires', async () => {
  const never = await copy('--expires', '2', 'quick', 'nobody:x');
  expect(never).toMatchObject({ status: 1, err: expect.stringContaining('nobody: ') as string });
  for (const target of ['ship1:~/x', 'ship1:x,ship2:y'])
    expect(await copy('quick', target)).toMatchObject({ status: 2 });
});

test('copy - from one ship to another, asked by central', async () => {
  const ship2 = pair.fleet.add('ship2');
  await ship2.startLinked();
  writeFileSync(pair.ship.path('chart'), 'rocks\n');
  expect(await copy('ship1:chart', 'ship2:charts/chart')).toMatchObject({ status: 0 });
  expect(readFileSync(ship2.path('charts', 'chart'), 'utf8')).toBe('rocks\n');
  writeFileSync(pair.central.path('both'), 'both\n');
  expect(await copy('both', 'ship1,ship2:both')).toMatchObject({ status: 0 });
  for (const node of [pair.ship, ship2]) expect(readFileSync(node.path('both'), 'utf8')).toBe('both\n');
});
