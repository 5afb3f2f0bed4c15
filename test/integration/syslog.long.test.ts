// A journal that is followed and sockets that are listened on, through kills and stops of either node. Machines that test have no journal: a program in
// the place of journalctl (test/support/journal-program.ts) serves one from a file.
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { MessageFields } from '../support/fleet.ts';
import { giveJournal } from '../support/journal-program.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

beforeAll(async () => {
  giveJournal(pair.ship);
  await pair.ship.stop();
  await pair.ship.startLinked();
});

const syslog = (name: string, methodArgs: readonly string[], more: object = {}): MessageFields => ({
  toNode: 'ship1',
  method: 'syslog',
  methodArgs,
  methodTimeout: -1,
  directory: 'logs',
  fileName: name,
  ...more,
});
const got = (name: string): string => pair.central.data('logs', 'ship1', name).toString();

let count = 0;

/** The lines that are to come of them. */
function write(number: number, more: object = {}): string {
  let lines = '';
  let expected = '';
  for (let left = number; left > 0; left -= 1) {
    count += 1;
    const at = 1_700_000_000_000 + count;
    const entry = {
      __CURSOR: `c=${count}`,
      __REALTIME_TIMESTAMP: `${at}123`,
      _HOSTNAME: 'ship',
      SYSLOG_IDENTIFIER: 'test',
    };
    lines += `${JSON.stringify({ ...entry, _PID: '7', MESSAGE: `entry ${count}`, ...more })}\n`;
    expected += `${new Date(at).toISOString()} ship test[7]: entry ${count}\n`;
  }
  appendFileSync(pair.ship.path('journal'), lines);
  return expected;
}

async function follow(name: string, args: readonly string[], more: object = {}): Promise<string> {
  const [id = ''] = await pair.central.submit(syslog(name, args, more));
  await waitFor('the run', async () => (await pair.central.client.message(id)).state === 'running');
  return id;
}

const arrived = (name: string, text: string): Promise<boolean> =>
  waitFor(`all of ${name}`, () => got(name) === text, {
    withinMs: 30_000,
    seen: () => `${got(name).length} of ${text.length} bytes, the last: ${got(name).slice(-200)}`,
  });

test('syslog - the journal is followed from its end, through kills and stops of both nodes, without gap or repeat', async () => {
  write(50);
  const id = await follow('journal', ['journal']);
  let expected = write(200);
  await arrived('journal', expected);
  await pair.ship.kill();
  expected += write(300);
  await pair.ship.startLinked();
  await arrived('journal', expected);
  await pair.central.kill();
  expected += write(2_000);
  expect(await pair.ship.stop()).toBe(0);
  expected += write(100);
  await Promise.all([pair.central.startLinked(), pair.ship.startLinked()]);
  await arrived('journal', expected);
  for (let time = 0; time < 5; time += 1) {
    expected += write(500);
    await pair.ship.kill();
    await pair.ship.startLinked();
  }
  await arrived('journal', expected);
  expect((await pair.central.steward('cancel', id)).status).toBe(0);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
});

test('syslog - a node that is killed before the first entry has not missed it', async () => {
  const id = await follow('first', ['journal']);
  await pair.ship.kill();
  const expected = write(3);
  await pair.ship.startLinked();
  await arrived('first', expected);
  await pair.central.steward('cancel', id);
});

test('syslog - from the start, chosen by filters, as JSON, and until its time is over', async () => {
  write(1, { _SYSTEMD_UNIT: 'other.service' });
  const wanted = write(2, { _SYSTEMD_UNIT: 'pump.service' });
  const args = ['journal', 'from=start', 'unit=pump.service'];
  const view = await pair.central.ask(syslog('pump', args, { methodTimeout: 2 }));
  expect(view).toMatchObject({
    state: 'succeeded',
    reason: 'followed until its method timeout',
    outcome: { streamed: { stdoutBytes: wanted.length, stderrBytes: 0 } },
  });
  expect(got('pump')).toBe(wanted);
  await pair.central.ask(syslog('json', [...args, 'format=json'], { methodTimeout: 2 }));
  const lines = got('json').trim().split('\n');
  const units = lines.map((line) => (JSON.parse(line) as Record<string, unknown>)['_SYSTEMD_UNIT']);
  expect(units).toEqual(['pump.service', 'pump.service']);
});

test('syslog - an entry that is no plain text comes as one line, and one that is too large is told of', async () => {
  const id = await follow('odd', ['journal']);
  write(1, { MESSAGE: 'two\nlines\u001b[31m' });
  write(1, { MESSAGE: [104, 0, 105] });
  write(1, { MESSAGE: null });
  write(1, { MESSAGE: ['one', [116, 119, 111]] });
  write(1, { MESSAGE: 'x'.repeat(300_000) });
  write(1, { MESSAGE: 'x'.repeat(1_100_000) });
  await waitFor('the word of it', () => got('odd.error').includes('is left out'));
  // One that begins behind such an entry does not begin before it.
  const behind = await follow('behind', ['journal']);
  appendFileSync(pair.ship.path('journal'), 'no entry\n');
  write(1, { MESSAGE: 'last' });
  const messages = (): readonly string[] =>
    [...got('odd').matchAll(/^\S+ ship test\[7\]: (.*)$/gm)].map(([, text = '']) => text);
  await waitFor('the last', () => messages().at(-1) === 'last');
  await waitFor('the same', () => got('behind').endsWith(': last\n'));
  expect(got('behind').trim().split('\n').length).toBe(1);
  await pair.central.steward('cancel', behind);
  expect(messages()).toEqual(['two#012lines#033[31m', 'h#000i', '', 'one two', 'x'.repeat(300_000), 'last']);
  const told = got('odd.error');
  expect(told).toMatch(
    /^steward: an entry of the journal of more than 1048576 bytes is left out, it begins: \{"__CURSOR/m,
  );
  expect(told).toMatch(/^steward: journalctl wrote what is no entry: no entry$/m);
  await pair.central.steward('cancel', id);
});

test('syslog - whatever journalctl writes ends neither the run nor the node', async () => {
  const id = await follow('rubbish', ['journal']);
  const deep = 100_000;
  const rubbish = ['null', '7', '[]', '"text"', '{', `{"MESSAGE":${'['.repeat(deep)}${']'.repeat(deep)}}`];
  appendFileSync(pair.ship.path('journal'), rubbish.map((line) => `${line}\n`).join(''));
  write(1, { MESSAGE: 'still here' });
  await waitFor('the entry behind', () => got('rubbish').endsWith(': still here\n'));
  expect(got('rubbish.error').match(/wrote what is no entry/g)).toHaveLength(rubbish.length - 1);
  await pair.central.steward('cancel', id);
});

test('syslog - journalctl that ends by itself is started again behind the last entry; one that may not read fails with its word', async () => {
  const id = await follow('crash', ['journal', 'identifier=crash']);
  const expected = write(35);
  await arrived('crash', expected);
  await pair.central.steward('cancel', id);
  expect(await pair.central.ask(syslog('denied', ['journal', 'identifier=denied']))).toMatchObject({
    state: 'failed',
    reason: 'exit code 1: No journal files were opened due to insufficient permissions.',
  });
});

test('syslog - a condition on a fact is looked at when it begins, and not again by a next life', async () => {
  const mayRun = { onlyIf: { fact: 'own.logs', is: 'wanted' } };
  expect(await pair.central.ask(syslog('no', ['journal'], mayRun))).toMatchObject({
    state: 'rejected',
    reason: 'precondition: there is no fact own.logs, and has to be "wanted"',
  });
  writeFileSync(pair.ship.path('etc', 'facts.toml'), 'logs = "wanted"\n');
  const id = await follow('condition', ['journal'], mayRun);
  writeFileSync(pair.ship.path('etc', 'facts.toml'), '');
  await pair.ship.kill();
  const expected = write(2);
  await pair.ship.startLinked();
  await arrived('condition', expected);
  await pair.central.steward('cancel', id);
});

test('syslog - where there is no journalctl that is said', async () => {
  const { runner } = pair.ship;
  await pair.ship.stop();
  const nothing = pair.ship.path('nothing');
  mkdirSync(nothing);
  pair.ship.runner = { runtime: process.execPath, env: { PATH: nothing } };
  await pair.ship.startLinked();
  for (const [args, program] of [
    [['journal'], 'journalctl'],
    [['unix:log.sock'], 'perl'],
  ] as const)
    expect(await pair.central.ask(syslog('none', args))).toMatchObject({
      state: 'failed',
      reason: `command not found: "${program}"`,
    });
  await pair.ship.stop();
  pair.ship.runner = runner;
  await pair.ship.startLinked();
});

/** Programs on the ship log by a socket of datagrams with a path, as syslog(3) does: each line of its input is one. */
function talker(path: string): ChildProcess & { readonly stdin: NonNullable<ChildProcess['stdin']> } {
  const program = `
    use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0); connect($s, pack_sockaddr_un($ARGV[0])) or die $!;
    $| = 1; while (<STDIN>) { s/\\\\n/\\n/g; send($s, $_, 0) or die $!; } print "done\\n";`;
  const started = spawn('perl', ['-e', program, path], { stdio: ['pipe', 'ignore', 'ignore'] });
  // One that nobody listens to ends before it has read: its exit code tells.
  started.stdin.on('error', () => undefined);
  return started;
}

async function say(path: string, lines: readonly string[]): Promise<void> {
  const program = talker(path);
  program.stdin.end(lines.map((line) => `${line}\n`).join(''));
  await once(program, 'close');
  expect(program.exitCode).toBe(0);
}

const listening = (path: string): Promise<boolean> =>
  waitFor('the socket', () => existsSync(path) && lstatSync(path).isSocket());

test('syslog - what programs write to a socket arrives in order, a line each; it is taken over after a kill, and gone at the end', async () => {
  const path = pair.ship.path('log.sock');
  const id = await follow('socket', ['unix:log.sock']);
  await listening(path);
  expect(lstatSync(path).mode & 0o777).toBe(0o666);
  await say(path, ['<13>one', '<13>two\\nlines\\n']);
  await arrived('socket', '<13>one\n<13>two#012lines\n');
  await pair.ship.kill();
  await pair.ship.startLinked();
  await waitFor('the next life to listen', async () => {
    const program = talker(path);
    program.stdin.end('again\n');
    await once(program, 'close');
    return program.exitCode === 0;
  });
  await waitFor('the line', () => got('socket').endsWith('again\n'));
  const lines = Array.from({ length: 5_000 }, (_none, index) => `<14>line ${index}`);
  const before = got('socket');
  await say(path, lines);
  await arrived('socket', `${before}${lines.join('\n')}\n`);
  await pair.central.steward('cancel', id);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  expect(existsSync(path)).toBe(false);
});

test('syslog - an address that is taken, or no socket, is left alone and told', async () => {
  const id = await follow('taken', ['unix:taken.sock']);
  await listening(pair.ship.path('taken.sock'));
  expect(await pair.central.ask(syslog('other', ['unix:taken.sock']))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('somebody listens on') as string,
  });
  await say(pair.ship.path('taken.sock'), ['still here']);
  await arrived('taken', 'still here\n');
  await pair.central.steward('cancel', id);
  writeFileSync(pair.ship.path('plain.txt'), 'text');
  expect(await pair.central.ask(syslog('other', ['unix:plain.txt']))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('is there, and no socket') as string,
  });
  expect(existsSync(pair.ship.path('plain.txt'))).toBe(true);
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  expect(await pair.central.ask(syslog('other', [`udp:${socket.address().port}`]))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('cannot listen on 127.0.0.1') as string,
  });
  socket.close();
  for (const [args, text] of [
    [['udp:0.0.0.0:514'], 'on the loopback only'],
    [['udp:0'], 'a port from 1 to 65535'],
    [['tcp:1'], 'syslog follows'],
    [['unix:'], 'needs the path'],
    [['journal', 'since=now'], 'has no option'],
    [['unix:a', 'b'], 'has no options'],
    [[], 'syslog follows'],
  ] as const)
    expect(await pair.central.pipe(JSON.stringify([syslog('x', args)]))).toContain(text);
});

test('syslog - of a burst faster than the link nothing is lost without a word, and who sends does not wait', async () => {
  const path = pair.ship.path('burst.sock');
  const id = await follow('burst', ['unix:burst.sock']);
  await listening(path);
  // Frozen, the node reads nothing: the program that listens has to get rid of what comes.
  process.kill(pair.ship.pid, 'SIGSTOP');
  const text = 'x'.repeat(1_000);
  const total = 5_000;
  try {
    await say(
      path,
      Array.from({ length: total }, (_none, index) => `${index} ${text}`),
    );
  } finally {
    process.kill(pair.ship.pid, 'SIGCONT');
  }
  await say(path, ['the last one']);
  const missing = (): number =>
    [...got('burst.error').matchAll(/^steward: (\d+) datagrams? w\w+ dropped/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  await waitFor('all that was not dropped', () => got('burst').split('\n').length - 1 + missing() === total + 1, {
    withinMs: 30_000,
    seen: () => `${got('burst').split('\n').length - 1} lines and ${missing()} dropped`,
  });
  expect(missing()).toBeGreaterThan(1_000);
  const numbers = [...got('burst').matchAll(/^(\d+) x/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
  expect(new Set(numbers).size).toBe(numbers.length);
  await pair.central.steward('cancel', id);
});
