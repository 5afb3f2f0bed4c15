// Own methods in trouble: descriptions that hang, what a node told long ago, folders that anybody may write to, and more than are listed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { MessageView } from '../../src/contract/message-view.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

beforeEach(() => {
  rmSync(pair.ship.path('etc', 'methods'), { recursive: true, force: true });
  mkdirSync(pair.ship.path('etc', 'methods'), { recursive: true });
});

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

const why = async (method: string, args: readonly string[] = []): Promise<string> => {
  const { state, outcome } = await run(method, args);
  return `${state}: ${outcome?.reason ?? outcome?.signal ?? `exit code ${outcome?.exitCode}`}`;
};

const output = async ({ id }: MessageView): Promise<string> =>
  Buffer.from(await pair.central.client.output(id, 'stdout')).toString();

const refusal = async (method: string, args: readonly string[]): Promise<string> =>
  pair.central.pipe(JSON.stringify([{ toNode: 'ship1', method: `own.${method}`, methodArgs: args }]));

/** Asks the ship, and comes back when central has kept what it told. */
async function hear(): Promise<string> {
  const { out } = await pair.central.steward('methods', 'ship1');
  await waitFor('what the ship told to be kept', () => existsSync(pair.central.path('store', 'told-methods.json')));
  return out;
}

const hanging = (): boolean => spawnSync('pgrep', ['-f', '^sleep 985']).stdout.toString() !== '';

test('own methods - descriptions that hang hold up no method, and are not asked again at once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `hangs${index}`);
  for (const name of names) write(name, `#!/bin/sh\n# --describe\necho ${name} >> asked\nexec sleep 985\n`);
  write('quick', '#!/bin/sh\n[ "$1" = --describe ] && exec echo \'{"summary": "quick"}\'\necho done\n');
  const asking = pair.central.steward('methods', 'ship1');
  await waitFor('the first to hang', hanging);
  expect(await output(await run('quick'))).toBe('done\n');
  expect(hanging()).toBe(true);
  await asking;
  const asked = (): readonly string[] => readFileSync(pair.ship.path('asked'), 'utf8').trim().split('\n');
  await waitFor('the last to be given up', () => asked().length >= 12 && !hanging(), { withinMs: 60_000 });
  const listed = (await pair.central.steward('methods', 'ship1')).out;
  expect(listed.match(/hangs\d+ .*no end within the method timeout/g)).toHaveLength(12);
  expect(await why('hangs3')).toMatch(/no end within/);
  expect([...asked()].sort()).toEqual([...names].sort());
}, 120_000);

test('own methods - what a node told long ago is forgotten when it comes anew, refuses the arguments, or on demand', async () => {
  write('copy', '#!/bin/sh\necho "$@"\n');
  const takes = (...names: readonly string[]): void =>
    write('copy.json', JSON.stringify({ summary: 'x', args: names.map((name) => ({ name })) }), 0o644);
  takes('a');
  await hear();
  expect(await refusal('copy', ['1', '2'])).toMatch(
    /copy of ship1: 2 arguments are more[^]*steward methods ship1 --forget/,
  );
  takes('a', 'b');
  // It refuses what central takes for good: central knows from its answer that it has changed.
  expect(await why('copy', ['1'])).toMatch(/^failed: the argument b is missing/);
  await waitFor('central to forget', async () => !(await refusal('copy', ['1', '2'])).includes('error'));
  await hear();
  takes('a', 'b', 'c');
  expect(await refusal('copy', ['1', '2', '3'])).toMatch(/more than it takes/);
  await pair.ship.stop();
  await pair.ship.startLinked();
  await waitFor('central to forget', async () => !(await refusal('copy', ['1', '2', '3'])).includes('error'));
  await hear();
  await pair.ship.stop();
  expect(await refusal('copy', ['1', '2'])).toMatch(/is missing/);
  expect(await pair.central.steward('methods', 'ship1', '--forget')).toMatchObject({ status: 0, err: '' });
  expect(await refusal('copy', ['1', '2'])).not.toMatch(/error/);
  await pair.central.stop();
  await pair.central.startLinked();
  expect(await refusal('copy', ['1', '2'])).not.toMatch(/error/);
  await pair.ship.startLinked();
}, 120_000);

test('own methods - the time of the method counts where the message names none, also where nothing was told', async () => {
  await pair.central.stop();
  await pair.central.startLinked('--default-method-timeout', '1');
  write('slow', '#!/bin/sh\nsleep 2\necho slept\n');
  write('slow.json', '{"summary": "slow", "timeout": "1m"}', 0o644);
  expect(await output(await run('slow'))).toBe('slept\n');
  expect((await run('slow', [], { methodTimeout: 1 })).state).toBe('timedOut');
  write('bare', '#!/bin/sh\nsleep 20\n');
  expect((await run('bare')).state).toBe('timedOut');
  await pair.central.stop();
  await pair.central.startLinked();
}, 60_000);

test('own methods - of more than can be listed it is said how many there are, and each can be tried', async () => {
  for (let index = 100; index < 360; index += 1) {
    write(`m${index}`, '#!/bin/sh\necho ran\n');
    write(`m${index}.json`, '{"summary": "x", "example": {"args": []}}', 0o644);
  }
  expect(await hear()).toMatch(/^and 60 more, which are not listed/m);
  expect(await pair.central.steward('methods', 'ship1', '--test', 'm359')).toMatchObject({
    status: 0,
    out: 'm359: the example succeeded, exit code 0\nran\n',
  });
  const { out } = await pair.central.steward('methods', 'ship1', '--test', 'm359', '--json');
  expect(JSON.parse(out)).toMatchObject({
    name: 'm359',
    outcome: { state: 'succeeded', exitCode: 0 },
    stdout: 'ran\n',
  });
  expect(await output(await run('m358'))).toBe('ran\n');
}, 60_000);

test('own methods - structured results that are appended to a file stand on lines of their own', async () => {
  write('gives', '#!/bin/sh\nprintf \'{"n": %s}\' "$1" > "$STEWARD_RESULT"\n');
  for (const n of ['1', '2']) {
    const more = { replyMethod: 'fileAppend', directory: 'given', fileName: 'all.json' };
    expect((await run('gives', [n], more)).outcome?.stdoutBytes).toBe(9);
  }
  await waitFor('both', () => pair.central.data('given', 'ship1', 'all.json').toString() === '{"n": 1}\n{"n": 2}\n');
});

test('own methods - what everybody may write to is refused, whatever it is', async () => {
  write('open', '#!/bin/sh\necho ran\n');
  write('open.json', '{"summary": "x"}', 0o666);
  expect(await why('open')).toMatch(/^failed: the own method open cannot be run: everybody may write to open\.json/);
  chmodSync(pair.ship.path('etc', 'methods', 'open.json'), 0o644);
  expect(await why('open')).toBe('succeeded: exit code 0');
  chmodSync(pair.ship.path('etc', 'methods'), 0o777);
  expect(await why('open')).toMatch(/cannot be run: everybody may write to the folder .*methods \(chmod o-w\)/);
  chmodSync(pair.ship.path('etc', 'methods'), 0o755);
});

test('own methods - mistakes of an owner are told in his words', async () => {
  write('crlf', '#!/bin/sh\r\necho ran\r\n');
  write('gone', '#!/opt/nowhere/python9\nprint()\n');
  expect(await why('crlf')).toMatch(/the first line of crlf ends with CR LF/);
  expect(await why('gone')).toMatch(/\/opt\/nowhere\/python9, which is to run gone, is not there/);
  write('odd', '#!/bin/sh\n[ "$1" = --describe ] && echo "no such mood" >&2 && exit 3\n');
  expect(await why('odd')).toMatch(/--describe: exit code 3: no such mood/);
  write('never', '#!/bin/sh\n');
  write('never.json', '{"summary": "x", "timeout": 0}', 0o644);
  expect(await why('never')).toMatch(/timeout is seconds, or a span such as "90m": from 0.001 s to 366 days/);
  write('stats', '#!/bin/sh\necho ran\n');
  expect(await output(await run('STATS'))).toBe('ran\n');
});
