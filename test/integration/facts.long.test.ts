// What a node tells of itself to a hello, with the facts of its owner; and messages that run only where a fact is as they want it.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, hostname, platform, release } from 'node:os';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { tablesUnder } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

interface Told {
  readonly own: Readonly<Record<string, unknown>>;
  readonly problems?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

function program(name: string, script: string): void {
  mkdirSync(pair.ship.path('etc', 'facts.d'), { recursive: true });
  writeFileSync(pair.ship.path('etc', 'facts.d', name), `#!/bin/sh\n${script}\n`);
  chmodSync(pair.ship.path('etc', 'facts.d', name), 0o755);
}

function noOwnFacts(): void {
  for (const name of ['facts.d', 'facts.toml', 'facts.json'])
    rmSync(pair.ship.path('etc', name), { recursive: true, force: true });
}

async function told(): Promise<Told> {
  const { out, status, err } = await pair.central.steward('facts', '--json', 'ship1');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return (JSON.parse(out) as { readonly facts: Told }).facts;
}

test('facts - a hello leaves its line and is answered with what its node knows of itself, in order', async () => {
  const message = { toNode: 'ship1', method: 'REQHello', replyMethod: 'file', directory: 'facts', fileName: 'f.json' };
  expect(await pair.central.ask(message)).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(pair.ship.data('hello-messages', 'central', 'hello.log').toString()).toMatch(
    /^\S+, Received hello from "central"\n$/,
  );
  const text = pair.central.data('facts', 'ship1', 'f.json').toString();
  const facts = JSON.parse(text) as Told;
  const sorted = Object.fromEntries(Object.entries(facts).sort(([one], [other]) => (one < other ? -1 : 1)));
  expect(text).toBe(`${JSON.stringify(sorted)}\n`);
  expect(facts).toMatchObject({
    architecture: arch(),
    hostName: hostname(),
    name: 'ship1',
    system: platform(),
    release: release(),
    versions: { node: process.versions.node },
    own: {},
  });
  const { disk, memory, uptime } = facts as unknown as Record<string, Record<string, number>>;
  expect(disk?.['size']).toBeGreaterThanOrEqual(disk?.['free'] ?? 0);
  expect(memory?.['size']).toBeGreaterThan(memory?.['free'] ?? 0);
  expect(uptime?.['machine']).toBeGreaterThanOrEqual(uptime?.['node'] ?? 0);
  expect(uptime?.['node']).toBeLessThan(600);
  const page = tablesUnder(readText('docs/facts.md'), 'What a node tells')[0]?.rows ?? [];
  const names = page.map(([name = '']) => name.replaceAll('`', '').split('.')[0]);
  expect([...new Set(names)].filter((name) => name !== 'problems')).toEqual(Object.keys(facts));
});

test('facts - those of the owner are added, and a broken one hurts nothing else', async () => {
  mkdirSync(pair.ship.path('etc', 'facts.d'), { recursive: true });
  writeFileSync(
    pair.ship.path('etc', 'facts.toml'),
    'role = "spare"\nfleet = { name = "north", ships = 3 }\n"a b" = 1\n',
  );
  writeFileSync(pair.ship.path('etc', 'facts.json'), '{"berth": 7, "built": "1999-01-02", broken');
  program('text.sh', 'echo "  two words  "');
  program('json', `echo '{"lat": 59.1, "a": [1, 2]}'`);
  program('fails.py', 'echo "no receiver" >&2; exit 3');
  program('hangs', `echo $$ > ${pair.ship.path('hangs.pid')}; sleep 300 & sleep 300`);
  program('writes', 'yes');
  program('missing', '');
  writeFileSync(pair.ship.path('etc', 'facts.d', 'missing'), '#!/no/such/interpreter\n');
  writeFileSync(pair.ship.path('etc', 'facts.d', 'plain.txt'), 'text\n');
  writeFileSync(pair.ship.path('etc', 'facts.d', '.hidden'), 'text\n');
  mkdirSync(pair.ship.path('etc', 'facts.d', 'folder'));
  const { own, problems } = await told();
  expect(own).toEqual({
    fleet: { name: 'north', ships: 3 },
    json: { a: [1, 2], lat: 59.1 },
    role: 'spare',
    text: 'two words',
  });
  expect(problems).toMatchObject({
    'facts.json': expect.stringContaining('JSON') as string,
    'own.a b': expect.stringContaining('letters') as string,
    'own.fails': 'exit code 3: no receiver',
    'own.folder': 'it is no file',
    'own.hangs': expect.stringContaining('3000 ms') as string,
    'own.missing': expect.stringContaining('not found') as string,
    'own.plain': 'it is not executable: chmod +x',
    'own.writes': expect.stringContaining('16384 bytes') as string,
  });
  expect(Object.keys(problems ?? {}).length).toBe(8);
  expect(existsSync(`/proc/${readFileSync(pair.ship.path('hangs.pid'), 'utf8').trim()}`)).toBe(false);
  const shown = await pair.central.steward('facts', 'ship1,central');
  expect(shown.status).toBe(0);
  expect(shown.out).toMatch(/^== ship1\nFACT +VALUE\naddresses/m);
  expect(shown.out).toMatch(/^own\.fleet\.name +north$/m);
  expect(shown.out).toMatch(/^memory\.size +\d+ \(\d+\.\d GiB\)$/m);
  expect(shown.err).toContain('steward: ship1: no own.fails: exit code 3: no receiver\n');
  noOwnFacts();
});

test('facts - own facts are bounded, and what is beyond is told', async () => {
  program('a', `head -c 16000 /dev/zero | tr '\\0' x`);
  for (const name of 'bcde') program(name, `head -c 16000 /dev/zero | tr '\\0' x`);
  writeFileSync(pair.ship.path('etc', 'facts.toml'), `x = "${'y'.repeat(64 * 1024)}"`);
  const { own, problems } = await told();
  expect(Object.keys(own)).toEqual(['a', 'b', 'c', 'd']);
  expect(problems).toEqual({
    'facts.toml': 'it has more than 64 KiB',
    'own.e': 'own facts have at most 64 KiB together',
  });
  noOwnFacts();
  for (let number = 10; number < 43; number += 1) program(`p${number}`, 'echo 1');
  const many = await told();
  expect(Object.keys(many.own).length).toBe(32);
  expect(many.problems).toEqual({ 'facts.d/p42': 'only the first 32 programs are asked' });
  noOwnFacts();
});

test('facts - however much is wrong, the answer stays small; of programs of one name the last by name goes before', async () => {
  const names = Array.from({ length: 5_000 }, (_none, number) => [`a b${number}`, 1] as const);
  writeFileSync(pair.ship.path('etc', 'facts.json'), JSON.stringify(Object.fromEntries(names)));
  program('same.a', 'sleep 0.3; echo a');
  program('same.b', 'echo b');
  const { own, problems = {} } = await told();
  expect(own).toEqual({ same: 'b' });
  expect(Object.keys(problems).length).toBe(101);
  expect(problems['more']).toBe('4900 more problems');
  noOwnFacts();
  writeFileSync(pair.ship.path('etc', 'facts.d'), 'no folder\n');
  expect((await told()).problems).toEqual({ 'facts.d': expect.stringContaining('ENOTDIR') as string });
  const asked = { toNode: 'ship1', method: 'cliCommand', methodArgs: ['true'], replyMethod: 'none' };
  const view = await pair.central.ask({ ...asked, onlyIf: { fact: 'own.same', exists: false } });
  expect(view).toMatchObject({
    state: 'rejected',
    reason: expect.stringContaining('could not be found out') as string,
  });
  expect(await pair.central.ask({ ...asked, onlyIf: { fact: '__proto__', exists: false } })).toMatchObject({
    state: 'succeeded',
  });
  noOwnFacts();
});

test('facts - programs that hang take four seconds in all, and those that had no time are named', async () => {
  for (let number = 10; number < 20; number += 1) program(`p${number}`, 'sleep 300');
  const began = performance.now();
  const { problems = {} } = await told();
  expect(performance.now() - began).toBeLessThan(15_000);
  const texts = Object.values(problems);
  expect(texts.filter((text) => /^no end within the method timeout of \d+ ms$/.test(text)).length).toBe(8);
  expect(texts.filter((text) => text === 'there was no time left: all programs have 4000 ms').length).toBe(2);
  noOwnFacts();
});

test('facts - sixty hellos that ask at once are all answered, while a program is slow and the next lane goes on', async () => {
  program('slow', `echo x >> ${pair.ship.path('asked')}; sleep 1; echo done`);
  const hello = { toNode: 'ship1', method: 'hello', replyMethod: 'fileAppend', directory: 'many', fileName: 'f' };
  const ids = await pair.central.submit(...Array.from({ length: 60 }, () => hello));
  await waitFor('the program to run', () => existsSync(pair.ship.path('asked')));
  expect(await pair.central.ask({ toNode: 'ship1', method: 'ping' })).toMatchObject({ state: 'succeeded' });
  for (const id of ids) expect(await pair.central.settled(id)).toMatchObject({ state: 'succeeded' });
  const lines = pair.central.data('many', 'ship1', 'f').toString().trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Told).own)).toEqual(
    Array.from({ length: 60 }, () => ({ slow: 'done' })),
  );
  noOwnFacts();
});

test('facts - what a program of an earlier life has left is ended at the start, and the hello is answered', async () => {
  program(
    'left',
    `[ -e ${pair.ship.path('second')} ] && exec echo second; touch ${pair.ship.path('second')}; exec sleep 300`,
  );
  const before = pair.ship.data('hello-messages', 'central', 'hello.log').toString();
  const [id = ''] = await pair.central.submit({ toNode: 'ship1', method: 'hello', replyMethod: 'none' });
  await waitFor('the program to run', () => existsSync(pair.ship.path('second')));
  await pair.ship.kill();
  await pair.ship.startLinked();
  expect(await pair.central.settled(id)).toMatchObject({ state: 'succeeded' });
  const { out } = await pair.central.steward('output', id);
  expect((JSON.parse(out) as Told).own).toEqual({ left: 'second' });
  expect(pair.ship.says('a command that outlived the node was ended')).toBeDefined();
  const after = pair.ship.data('hello-messages', 'central', 'hello.log').toString();
  expect(after.slice(before.length).trim().split('\n').length).toBe(1);
  noOwnFacts();
});

test('onlyIf - a fact that is not as it has to be keeps the command from starting, and the outcome says what it was', async () => {
  writeFileSync(pair.ship.path('etc', 'facts.toml'), 'role = "spare"\n');
  const run = (onlyIf: unknown): Record<string, unknown> => ({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['sh', '-c', 'echo ran >> ran.txt'],
    replyMethod: 'none',
    onlyIf,
  });
  expect(await pair.central.ask(run({ fact: 'system', is: ['freebsd', 'darwin'] }))).toMatchObject({
    state: 'rejected',
    reason: `precondition: system is "${platform()}", and has to be "freebsd" or "darwin"`,
  });
  expect(
    await pair.central.ask(
      run([
        { fact: 'system', exists: true },
        { fact: 'own.role', is: 'active' },
      ]),
    ),
  ).toMatchObject({
    state: 'rejected',
    reason: 'precondition: own.role is "spare", and has to be "active"',
  });
  expect(existsSync(pair.ship.path('ran.txt'))).toBe(false);
  const met = [
    { fact: 'memory.size', atLeast: 1_000 },
    { fact: 'own.role', is: 'spare' },
  ];
  expect(await pair.central.ask(run(met))).toMatchObject({ state: 'succeeded' });
  expect(existsSync(pair.ship.path('ran.txt'))).toBe(true);
  program('broken', 'exit 1');
  expect(await pair.central.ask(run({ fact: 'own.broken', exists: false }))).toMatchObject({
    state: 'rejected',
    reason: 'precondition: own.broken could not be found out: exit code 1',
  });
  noOwnFacts();
});

test('onlyIf - a message that is cancelled while its conditions are looked at asks no more programs, and does not run', async () => {
  const names = Array.from({ length: 8 }, (_none, index) => `slow${index}`);
  for (const name of names) program(name, 'echo x >>asked.txt; sleep 2; echo yes');
  const asked = (): number =>
    existsSync(pair.ship.path('asked.txt')) ? readFileSync(pair.ship.path('asked.txt')).length / 2 : 0;
  const onlyIf = names.map((name) => ({ fact: `own.${name}`, is: 'yes' }));
  const [id = ''] = await pair.central.submit({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['sh', '-c', 'touch late.txt'],
    onlyIf,
  });
  await waitFor('the first program', () => asked() > 0);
  expect((await pair.central.steward('cancel', id)).status).toBe(0);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  expect(asked()).toBeLessThan(names.length);
  expect(existsSync(pair.ship.path('late.txt'))).toBe(false);
  noOwnFacts();
});

test('onlyIf - holds a question to a server and a file that is followed back, too; other methods refuse it', async () => {
  let asked = 0;
  const server = createServer((_request, response) => response.end(String((asked += 1)))).listen(0, '127.0.0.1');
  await waitFor('the server', () => server.listening);
  const { port } = server.address() as AddressInfo;
  const get = { toNode: 'ship1', method: 'httpGet', methodArgs: [`http://127.0.0.1:${port}/`] };
  const never = { fact: 'name', isNot: 'ship1' };
  expect(await pair.central.ask({ ...get, onlyIf: never })).toMatchObject({ state: 'rejected' });
  expect(asked).toBe(0);
  expect(await pair.central.ask({ ...get, onlyIf: { fact: 'name', is: 'ship1' } })).toMatchObject({
    state: 'succeeded',
  });
  server.close();
  const tail = { toNode: 'ship1', method: 'tailFile', methodArgs: ['/etc/hostname', 'from=start'], methodTimeout: 1 };
  expect(await pair.central.ask({ ...tail, onlyIf: never })).toMatchObject({ state: 'rejected' });
  for (const [message, text] of [
    [{ toNode: 'ship1', method: 'ping', onlyIf: never }, 'ping is none'],
    [{ ...get, onlyIf: ['true'] }, 'no command to ask it'],
    [{ ...get, onlyIf: { fact: 'name', iz: 'x' } }, 'a condition on a fact has no'],
    [{ ...get, onlyIf: ['true', never] }, 'an argument is text'],
  ] as const)
    expect(await pair.central.pipe(JSON.stringify([message]))).toContain(text);
});

test('onlyIf - steward run takes it in short, and steward retry keeps it', async () => {
  const run = (...words: readonly string[]): ReturnType<typeof pair.central.steward> =>
    pair.central.steward('run', ...words, 'ship1', '--', 'echo', 'ran');
  expect(await run('--only-if-fact', `system=linux,${platform()}`, '--only-if-fact', 'memory.size>=1e3')).toMatchObject(
    {
      status: 0,
      out: expect.stringContaining('ran\n') as string,
    },
  );
  const refused = await run('--json', '--only-if-fact', 'versions.node<=1');
  expect(refused.status).toBe(1);
  const { reason, id } = JSON.parse(refused.out) as { readonly reason: string; readonly id: string };
  expect(reason).toBe(`precondition: versions.node is "${process.versions.node}", and has to be at most 1`);
  const again = await pair.central.steward('resend', id);
  const [, newId = ''] = /([0-9a-z]{20})\s*$/.exec(again.out) ?? [];
  expect(await pair.central.settled(newId)).toMatchObject({ state: 'rejected', reason });
  for (const [words, state] of [
    [['--only-if-fact', 'own.nothing'], 1],
    [['--only-if-fact', '!own.nothing'], 0],
    [['--only-if-fact', 'name!=ship1'], 1],
    [['--only-if-fact', 'name='], 2],
    [['--only-if-fact', 'name=ship1', '--only-if', 'true'], 2],
  ] as const)
    expect((await run(...words)).status).toBe(state);
});

test('facts - what a program leaves in the background when it ends is ended with it', async () => {
  noOwnFacts();
  program('leaves', 'sleep 983 >/dev/null 2>&1 </dev/null &\nsetsid sleep 984 >/dev/null 2>&1 </dev/null &\necho 5');
  expect((await told()).own).toEqual({ leaves: 5 });
  expect(spawnSync('pgrep', ['-f', '^sleep 98[34]']).stdout.toString()).toBe('');
  noOwnFacts();
});
