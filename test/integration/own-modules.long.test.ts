// Modules that the configuration of a node names as methods: the one of the page, and those that do everything wrong.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import type { MessageView } from '../../src/contract/message-view.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { readText } from '../unit/rules/tree.ts';

const pair = usePair();

const broken = {
  'syntax.mjs': 'export const description = { summary: "x" };\nexport const run = ;\n',
  'norun.mjs': 'export const description = { summary: "x" };\n',
  'silent.mjs': 'export const run = () => 1;\n',
  'wrong.mjs': 'export const description = { summary: "x", arguments: [] };\nexport const run = () => 1;\n',
};
const summary = 'export const description = { summary: "x", timeout: 20 };\n';
const harmful = {
  'throws.mjs': `${summary}export const run = () => { throw new TypeError("no tide"); };\n`,
  'exits.mjs': `${summary}export const run = () => process.exit(7);\n`,
  'kills.mjs': `${summary}export const run = () => process.kill(process.pid, 'SIGSEGV');\n`,
  'waits.mjs': `${summary}export const run = () => new Promise(() => undefined);\n`,
  'spins.mjs': 'export const description = { summary: "x", timeout: 0.7 };\nexport const run = () => { for (;;); };\n',
  'forks.mjs':
    'import { spawn } from "node:child_process";\nexport const description = { summary: "x", timeout: 1 };\n' +
    'export const run = () => { spawn("sleep", ["986"]); return new Promise(() => setInterval(() => {}, 1000)); };\n',
  'leaves.mjs': `${summary}export const run = () => { setInterval(() => undefined, 1000); return "left"; };\n`,
  'eats.mjs':
    'export const description = { summary: "x", memory: 64 };\nexport const run = () => { const a = []; for (;;) a.push(new Array(100000).fill(a.length)); };\n',
  'buffers.mjs':
    'export const description = { summary: "x", memory: 64 };\nexport const run = () => { const a = []; for (;;) a.push(Buffer.alloc(1 << 26, 1)); };\n',
  'floods.mjs': `${summary}export const run = async () => { for (;;) await new Promise((done) => process.stdout.write("y".repeat(1e5), done)); };\n`,
  'prints.mjs': `${summary}export const run = () => console.log("z".repeat(1e6));\n`,
  'older.cjs': `exports.description = { summary: "x" };\nexports.run = async (args, { data, node }) => ({ args, data: String(data), node });\n`,
  'nothing.mjs': `${summary}export const run = () => console.log("only this");\n`,
};

function write(name: string, content: string): void {
  writeFileSync(pair.ship.path('etc', 'modules', name), content);
}

beforeAll(async () => {
  await pair.ship.stop();
  mkdirSync(pair.ship.path('etc', 'modules'), { recursive: true });
  const page = /```js tide.mjs\n([^]*?)```/.exec(readText('docs/own-methods.md'))?.[1] ?? '';
  write('tide.mjs', page);
  for (const [name, content] of Object.entries({ ...broken, ...harmful })) write(name, content);
  const named = ['tide.mjs', ...Object.keys(broken), ...Object.keys(harmful), 'gone.mjs', 'ping.mjs'];
  write('ping.mjs', harmful['nothing.mjs']);
  const config = pair.ship.path('etc', 'config.toml');
  const text = readFileSync(config, 'utf8').replace(/^MethodModules.*$/m, '');
  const list = named.map((name) => `"etc/modules/${name}"`).join(', ');
  writeFileSync(config, `MethodModules = [${list}]\n${text}`);
  await pair.ship.startLinked();
});

const run = (method: string, args: readonly string[] = [], more: object = {}): Promise<MessageView> =>
  pair.central.ask(
    { toNode: 'ship1', method: `own.${method}`, methodArgs: args, replyMethod: 'none', ...more },
    60_000,
  );

const output = async ({ id }: MessageView, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> =>
  Buffer.from(await pair.central.client.output(id, stream)).toString();

const ends = async (name: string): Promise<string> => {
  const { state, outcome } = await run(name);
  return `${state}: ${outcome?.reason ?? outcome?.signal ?? `exit code ${outcome?.exitCode}`}`;
};

test('own modules - the one of the page is listed, tried, checked at intake, and runs', async () => {
  expect(await pair.central.steward('methods', 'ship1', '--test', 'tide')).toMatchObject({ status: 0, err: '' });
  const ran = await run('tide', ['0'], { data: 'the cook' });
  expect(JSON.parse(await output(ran))).toEqual({ hour: 0, metres: 2.4 });
  expect(await output(ran, 'stderr')).toBe('asked by the cook\n');
  const { out } = await pair.central.steward('methods', 'ship1');
  expect(out).toMatch(/tide +hour \[harbour\] +The height of the tide/);
  await waitFor('what the ship told to be kept', () => existsSync(pair.central.path('store', 'told-methods.json')));
  expect(
    JSON.parse(
      await pair.central.pipe(JSON.stringify([{ toNode: 'ship1', method: 'own.tide', methodArgs: ['6', 'east'] }])),
    ),
  ).toMatchObject({ error: { code: 'invalid-message', field: 'methodArgs[1]' } });
});

test('own modules - one that is broken is told of once at the start, with what is wrong, and its messages fail with the same', async () => {
  const told = (name: string): readonly unknown[] =>
    pair.ship.log().flatMap((line) => (line['code'] === 'method-broken' && line['name'] === name ? [line.msg] : []));
  const expected = {
    syntax: /--describe: exit code 1: file:.*syntax\.mjs:2: SyntaxError: Unexpected token/,
    norun: /it exports no function `run`/,
    silent: /it exports no `description`/,
    wrong: /unknown field "arguments"/,
    gone: /there is no file .*gone\.mjs/,
    ping: /a built-in method has this name/,
  };
  await waitFor('the last to be told of', () => told('wrong').length > 0, { withinMs: 30_000 });
  for (const [name, problem] of Object.entries(expected)) {
    expect(told(name)).toEqual([expect.stringMatching(problem)]);
    if (name !== 'ping') expect(await ends(name)).toMatch(problem);
  }
  expect(await ends('nobody')).toBe('failed: this node has no own method "nobody"');
}, 60_000);

test('own modules - whatever one does harms only itself and its message', async () => {
  const { pid } = pair.ship;
  const thrown = await run('throws');
  expect([thrown.state, thrown.outcome?.exitCode]).toEqual(['failed', 1]);
  expect(await output(thrown, 'stderr')).toMatch(/throws\.mjs:2\n[^]*TypeError: no tide/);
  expect(await ends('exits')).toBe('failed: exit code 7');
  expect(await ends('kills')).toBe('failed: SIGSEGV');
  expect(await ends('waits')).toBe('failed: exit code 1');
  expect(await ends('spins')).toBe('timedOut: no end within the method timeout of 700 ms');
  expect(await ends('forks')).toBe('timedOut: no end within the method timeout of 1000 ms');
  expect(await output(await run('leaves'))).toBe('"left"\n');
  expect(await ends('eats')).toMatch(/^failed: /);
  expect(await ends('buffers')).toMatch(/^failed: /);
  expect(await ends('floods')).toMatch(/^failed: output limit/);
  expect(JSON.parse(await output(await run('older', ['--describe'], { data: 'x' })))).toEqual({
    args: ['--describe'],
    data: 'x',
    node: 'ship1',
  });
  expect(await output(await run('nothing'))).toBe('only this\n');
  expect((await output(await run('prints'))).length).toBe(1_000_001);
  expect(spawnSync('pgrep', ['-f', '^sleep 986']).stdout.toString()).toBe('');
  expect(pair.ship.pid).toBe(pid);
  expect(pair.ship.running).toBe(true);
}, 120_000);

test('own modules - what changes holds from the next run on, and a name that two have is nobody’s', async () => {
  write('tide.mjs', 'export const description = { summary: "x", args: [] };\nexport const run = () => 1;\n');
  await pair.central.steward('methods', 'ship1');
  expect(await output(await run('tide'))).toBe('1\n');
  expect(await pair.central.pipe('[{"toNode": "ship1", "method": "own.tide", "methodArgs": ["6"]}]')).toMatch(
    /more than it takes/,
  );
  rmSync(pair.ship.path('etc', 'modules', 'tide.mjs'));
  expect(await ends('tide')).toMatch(/there is no file/);
  write('tide.mjs', broken['norun.mjs']);
  expect(await ends('tide')).toMatch(/it exports no function/);
  mkdirSync(pair.ship.path('etc', 'methods'), { recursive: true });
  writeFileSync(pair.ship.path('etc', 'methods', 'nothing'), '#!/bin/sh\necho program\n', { mode: 0o755 });
  expect(await ends('nothing')).toMatch(/several files have this name/);
  const listed = (await pair.central.steward('methods', 'ship1')).out;
  expect(listed.match(/^nothing.*several files/gm)).toHaveLength(1);
});
