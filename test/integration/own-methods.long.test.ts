// Own methods on real nodes: the examples, the page that tells how, and programs that do everything wrong.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import type { MessageView } from '../../src/contract/message-view.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';
import { readText, root } from '../unit/rules/tree.ts';

const pair = usePair();

beforeAll(() => mkdirSync(pair.ship.path('etc', 'methods'), { recursive: true }));

function write(name: string, content: string, mode = 0o755): void {
  const path = pair.ship.path('etc', 'methods', name);
  writeFileSync(path, content);
  chmodSync(path, mode);
}

const run = (method: string, args: readonly string[] = [], more: object = {}): Promise<MessageView> =>
  pair.central.ask(
    { toNode: 'ship1', method: `own.${method}`, methodArgs: args, replyMethod: 'none', ...more },
    60_000,
  );

const output = async ({ id }: MessageView, stream = 'stdout' as const): Promise<string> =>
  Buffer.from(await pair.central.client.output(id, stream)).toString();

test('own methods - the three examples run on a node, with a structured result', async () => {
  const folder = join(root, 'examples', 'methods');
  for (const file of ['disk.sh', 'disk.json', 'words.py'])
    copyFileSync(join(folder, file), pair.ship.path('etc', 'methods', file));
  write('tide.mjs', transformSync(readFileSync(join(folder, 'tide.ts'), 'utf8'), { loader: 'ts', format: 'esm' }).code);
  for (const name of ['disk', 'words', 'tide'])
    expect(await pair.central.steward('methods', 'ship1', '--test', name)).toMatchObject({ status: 0, err: '' });
  expect(JSON.parse(await output(await run('disk', ['/'])))).toMatchObject({ path: '/' });
  expect(JSON.parse(await output(await run('words', ['4'], { data: 'the ship is late again' })))).toEqual({ words: 3 });
  expect(JSON.parse(await output(await run('tide', ['0', 'south'])))).toEqual({ hour: 0, metres: 1.2 });
  const list = JSON.parse((await pair.central.steward('methods', 'ship1', '--json')).out) as {
    own: { name: string }[];
  };
  expect(list.own.map(({ name }) => name)).toEqual(['disk', 'tide', 'words']);
});

test('own methods - what a node has told of is checked at intake, with the place of the mistake', async () => {
  await pair.central.steward('methods', 'ship1');
  const wrong = { toNode: 'ship1', method: 'own.tide', methodArgs: ['6', 'east'] };
  await waitFor('what the ship told to be kept', () => existsSync(pair.central.path('store', 'told-methods.json')));
  expect(JSON.parse(await pair.central.pipe(JSON.stringify([wrong])))).toMatchObject({
    error: {
      code: 'invalid-message',
      field: 'methodArgs[1]',
      message: 'tide of ship1: the argument harbour cannot be "east"',
    },
  });
  // Of a method that it does not know it says nothing: the node decides.
  const view = await run('nobody');
  expect([view.state, view.outcome?.reason]).toEqual(['failed', 'this node has no own method "nobody"']);
});

test('own methods - what changes on the node holds from the next run on', async () => {
  write('changes', '#!/bin/sh\necho one\n');
  expect(await output(await run('changes'))).toBe('one\n');
  write('changes', '#!/bin/sh\necho two\n');
  expect(await output(await run('changes'))).toBe('two\n');
  write('changes.json', '{"summary": "x", "args": []}', 0o644);
  const refused = await run('changes', ['more']);
  expect([refused.state, refused.outcome?.reason]).toEqual([
    'failed',
    '1 arguments are more than it takes (it takes none)',
  ]);
});

test('own methods - one that prints rubbish, hangs, forks, or eats memory harms only itself', async () => {
  write('rubbish', '#!/bin/sh\n# --describe\nhead -c 100000 /dev/urandom\n');
  write('badresult', '#!/bin/sh\necho "{no" > "$STEWARD_RESULT"\n');
  write('pipe', '#!/bin/sh\nmkfifo "$STEWARD_RESULT"\n');
  write('hangs', '#!/bin/sh\ntrap "" TERM\nsleep 600\n');
  write('hangs.json', '{"summary": "hangs", "timeout": 0.5}', 0o644);
  write('slow', '#!/bin/sh\n# --describe\nsleep 600\n');
  write('forks', '#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do (trap "" TERM; sleep 987) & done\nwait\n');
  write('forks.json', '{"summary": "forks", "timeout": 0.5}', 0o644);
  write('eats', '#!/usr/bin/env python3\nb = []\nwhile True: b.append(bytearray(1 << 20))\n');
  write('eats.json', '{"summary": "eats", "memory": 200}', 0o644);
  write('floods', '#!/bin/sh\nyes\n');
  write('floods.json', '{"summary": "floods", "unordered": true}', 0o644);
  write('ping.sh', '#!/bin/sh\necho hidden\n');
  write('open', '#!/bin/sh\necho open\n', 0o777);
  write('plain', 'no program', 0o644);
  const ends = async (name: string): Promise<string> => {
    const { state, outcome } = await run(name, [], { methodTimeout: 20 });
    return `${state}: ${outcome?.reason ?? `exit code ${outcome?.exitCode}`}`;
  };
  expect(await ends('rubbish')).toMatch(/^failed: the own method rubbish cannot be run: --describe: output limit/);
  expect(await ends('badresult')).toMatch(/^failed: its structured result cannot be taken/);
  expect(await ends('pipe')).toMatch(/^failed: its structured result cannot be taken: it is no file/);
  expect(await ends('hangs')).toBe('timedOut: no end within the method timeout of 500 ms');
  expect(await ends('slow')).toMatch(/--describe: no end within/);
  expect(await ends('forks')).toBe('timedOut: no end within the method timeout of 500 ms');
  expect(await ends('eats')).toBe('failed: exit code 1');
  expect(await ends('floods')).toMatch(/^failed: output limit/);
  expect(await ends('open')).toMatch(/everybody may write/);
  expect(await ends('plain')).toMatch(/cannot be executed/);
  const ping = await pair.central.ask({ toNode: 'ship1', method: 'ping', replyMethod: 'none' });
  expect(await output(ping)).toBe('pong\n');
  expect(await pair.central.pipe('[{"toNode": "ship1", "method": "own.ping"}]')).toMatch(
    /a built-in method has this name/,
  );
  const listed = (await pair.central.steward('methods', 'ship1')).out;
  expect(listed).toMatch(/ping .*cannot be run: a built-in method has this name/);
  expect(spawnSync('pgrep', ['-f', '^sleep 987']).stdout.toString()).toBe('');
});

test('own methods - a run that a kill of its node interrupted is ended, and is unknown', async () => {
  write('long', '#!/bin/sh\necho $$ > long.pid\nexec sleep 600\n');
  const [id] = await pair.central.submit({
    toNode: 'ship1',
    method: 'own.long',
    methodTimeout: -1,
    replyMethod: 'none',
  });
  const pid = await waitFor(
    'it to run',
    () => existsSync(pair.ship.path('long.pid')) && readFileSync(pair.ship.path('long.pid'), 'utf8').trim(),
  );
  await pair.ship.kill();
  await pair.ship.startLinked();
  expect((await pair.central.settled(id)).state).toBe('unknown');
  expect(pair.ship.says('a command that outlived the node was ended')?.['pid']).toBe(Number(pid));
});

test('own methods - the page tells a new user how, command by command', async () => {
  const [onShip, look, refused] = [...readText('docs/own-methods.md').matchAll(/```sh\n([^]*?)```/g)].map(
    ([, text]) => text ?? '',
  );
  const bin = pair.central.path('bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'steward'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin', 'steward.js')}" "$@"\n`,
    { mode: 0o755 },
  );
  const sh = (script: string | undefined, cwd: string): string =>
    execFileSync('sh', ['-ec', script ?? 'exit 1'], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    });
  sh('rm -f etc/methods/*', pair.ship.folder);
  sh(onShip, pair.ship.folder);
  expect(sh(look, pair.central.folder)).toMatch(
    /disk +\[path\] +How full[^]*disk: the example succeeded, exit code 0\n\d+%\n/,
  );
  await waitFor('the answer', () => /^\d+%$/m.test(pair.central.printed()));
  expect(sh(refused, pair.central.folder)).toBe('refused\n');
}, 60_000);
