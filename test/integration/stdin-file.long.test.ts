// Standard input from a file of the node, and of any size: by message file and by `steward run`, with real nodes.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FleetNode } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';
import { startSteward } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const command = (script: string, more: object = {}): Record<string, unknown> => ({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: ['sh', '-c', script],
  replyMethod: 'none',
  ...more,
});
const outputOf = async (id: string): Promise<string> => (await pair.central.steward('output', id)).out;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a node keeps for messages to read. */
function inputsOf(node: FleetNode): readonly string[] {
  const folder = node.dataPath('.steward-input');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((from) => readdirSync(node.dataPath('.steward-input', from)));
}

async function nothingIsLeft(): Promise<void> {
  await waitFor('inputs to go', () =>
    inputsOf(pair.ship).length + inputsOf(pair.central).length === 0 ? true : undefined,
  );
}

test('stdinFile - is a file of the node, from its work folder, and whatever runs the command', async () => {
  writeFileSync(pair.ship.path('words.txt'), 'three\ntwo\none\n');
  for (const more of [{}, { method: 'cliCommandCont' }, { user: undefined, env: { A: 'b' } }, { endsNode: true }]) {
    const { id, state, outcome } = await pair.central.ask(command('sort', { stdinFile: 'words.txt', ...more }));
    expect({ state, reason: outcome?.reason }).toEqual({ state: 'succeeded', reason: undefined });
    await waitFor('the output', async () => ((await outputOf(id)) === 'one\nthree\ntwo\n' ? true : undefined));
  }
  const absolute = await pair.central.ask(command('wc -l', { stdinFile: pair.ship.path('words.txt') }));
  expect((await outputOf(absolute.id)).trim()).toBe('3');
  const detached = command('cat > copied.part; mv copied.part copied.txt', { stdinFile: 'words.txt', detach: true });
  expect((await pair.central.ask(detached)).state).toBe('succeeded');
  await waitFor('the detached command', () => (existsSync(pair.ship.path('copied.txt')) ? true : undefined));
  expect(readFileSync(pair.ship.path('copied.txt'), 'utf8')).toBe('three\ntwo\none\n');
});

test('stdinFile - the command that is asked first (onlyIf) reads nothing of it', async () => {
  writeFileSync(pair.ship.path('asked.txt'), 'all of it\n');
  const { id } = await pair.central.ask(command('cat', { stdinFile: 'asked.txt', onlyIf: ['sh', '-c', 'cat; true'] }));
  expect(await outputOf(id)).toBe('all of it\n');
});

test.each([
  ['missing.txt', 'there is no file'],
  ['a-folder', 'is a folder'],
  ['/dev/null', 'is no regular file'],
  ['input:0123456789abcdefgh00', 'central has copied no input:0123456789abcdefgh00 here'],
])('stdinFile - without %s nothing runs, and one error says why', async (stdinFile, reason) => {
  mkdirSync(pair.ship.path('a-folder'), { recursive: true });
  const { state, outcome } = await pair.central.ask(command('touch ran.txt', { stdinFile }));
  expect({ state, reason: outcome?.reason }).toEqual({
    state: 'failed',
    reason: expect.stringContaining(reason) as string,
  });
  expect(existsSync(pair.ship.path('ran.txt'))).toBe(false);
});

test('stdinFile - what cannot be is refused at intake, at its field', async () => {
  const wrong = [
    command('cat', { stdinFile: 'a', stdin: 'b' }),
    command('cat', { stdinFile: 'a', methodArgs: ['bash', '-c', 'echo {{STEWARD_DATA}}'] }),
    command('cat', { stdinFile: 'input:x' }),
    command('cat', { stdinFile: 'input:0123456789abcdefgh00', schedule: [60, 600] }),
    { toNode: 'ship1', method: 'ping', stdinFile: 'a' },
  ];
  for (const message of wrong)
    expect(await pair.central.pipe(JSON.stringify([message]))).toContain('"field":"stdinFile"');
});

test('stdin of any size - 40 MiB from a file reach the command, and nothing of them is left; both nodes stay small', async () => {
  const bytes = randomBytes(40 * 1024 * 1024);
  writeFileSync(pair.central.path('large.bin'), bytes);
  const said = await pair.central.steward('run', '--stdin', 'large.bin', '--timeout', '60', 'ship1', '--', 'sha256sum');
  expect(said.err).toBe('');
  expect(said.status).toBe(0);
  expect(said.out).toContain(sha256(bytes));
  await nothingIsLeft();
  for (const { pid } of [pair.central, pair.ship]) expect(peakMb(pid)).toBeLessThan(150);
}, 120_000);

test('stdin of any size - 400 MiB for a command here pass through command line and node with little memory', async () => {
  const file = pair.central.path('huge.bin');
  execFileSync('sh', ['-c', `head -c 419430400 /dev/zero > ${file}`]);
  const script = 'wc -c; until [ -e huge.go ]; do sleep 0.1; done';
  const run = startSteward(['run', '--stdin', file, '--timeout', '120', '--shell', 'central', '--', script], {
    cwd: pair.central.folder,
  });
  await waitFor('it to run', async () => (await pair.central.client.inState('running')).messages.length > 0, {
    withinMs: 60_000,
  });
  expect(peakMb(run.child.pid ?? 0)).toBeLessThan(200);
  expect(peakMb(pair.central.pid)).toBeLessThan(150);
  writeFileSync(pair.central.path('huge.go'), '');
  expect(await run.ended).toBe(0);
  expect(run.out()).toContain('419430400');
  rmSync(file);
  await nothingIsLeft();
}, 120_000);

test('stdin of any size - to several nodes, one of them this one, with --json', async () => {
  const bytes = randomBytes(13 * 1024 * 1024);
  writeFileSync(pair.central.path('both.bin'), bytes);
  const { out, status } = await pair.central.steward(
    'run',
    '--json',
    '--stdin',
    'both.bin',
    '--timeout',
    '60',
    'ship1,central',
    '--',
    'sha256sum',
  );
  expect(status).toBe(0);
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { node: string; stdout: string });
  expect(answers.map(({ node }) => node).sort()).toEqual(['central', 'ship1']);
  for (const { stdout } of answers) expect(stdout).toContain(sha256(bytes));
  await nothingIsLeft();
}, 60_000);

test('stdin of any size - from a pipe that ends late, with --stream', async () => {
  const bytes = randomBytes(17 * 1024 * 1024);
  const run = startSteward(['run', '--stream', '--stdin', '-', '--timeout', '60', 'ship1', '--', 'sha256sum'], {
    cwd: pair.central.folder,
    openInput: true,
  });
  run.child.stdin?.write(bytes.subarray(0, 16_000_000));
  await waitFor('it to be taken in', () => inputsOf(pair.central).length === 1);
  run.child.stdin?.end(bytes.subarray(16_000_000));
  expect(await run.ended).toBe(0);
  expect(run.out()).toBe(`${sha256(bytes)}  -\n`);
  await nothingIsLeft();
}, 60_000);

test('stdin of any size - Ctrl-C before its end sends nothing, and keeps nothing', async () => {
  const run = startSteward(['run', '--stdin', '-', 'ship1', '--', 'touch', 'never.txt'], {
    cwd: pair.central.folder,
    openInput: true,
  });
  run.child.stdin?.on('error', () => undefined);
  run.child.stdin?.write(Buffer.alloc(17 * 1024 * 1024));
  await waitFor('it to be taken in', () => inputsOf(pair.central).length === 1);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  expect(run.err()).toContain('nothing was sent');
  await nothingIsLeft();
  expect(existsSync(pair.ship.path('never.txt'))).toBe(false);
}, 60_000);

test('stdin of any size - a command line that is killed, or detached, is not needed', async () => {
  const bytes = randomBytes(13 * 1024 * 1024);
  writeFileSync(pair.central.path('detached.bin'), bytes);
  for (const [index, signal] of (['SIGINT', 'SIGKILL'] as const).entries()) {
    const script = `sha256sum > detached-${index}.part; mv detached-${index}.part detached-${index}`;
    const run = startSteward(['run', '--stdin', 'detached.bin', '--timeout', '60', '--shell', 'ship1', '--', script], {
      cwd: pair.central.folder,
    });
    await waitFor('the copy to begin', () => inputsOf(pair.ship).length > 0);
    run.child.kill(signal);
    expect(await run.ended).toBe(signal === 'SIGINT' ? 130 : signal);
    await waitFor('the command', () => existsSync(pair.ship.path(`detached-${index}`)), { withinMs: 30_000 });
    expect(readFileSync(pair.ship.path(`detached-${index}`), 'utf8')).toContain(sha256(bytes));
    await nothingIsLeft();
  }
}, 120_000);

test('stdin of any size - --no-wait leaves it to the nodes, which are killed meanwhile', async () => {
  const bytes = randomBytes(30 * 1024 * 1024);
  writeFileSync(pair.central.path('killed.bin'), bytes);
  const script = 'sha256sum > killed.sum; cat killed.sum';
  const { out, status } = await pair.central.steward(
    'run',
    '--no-wait',
    '--stdin',
    'killed.bin',
    '--timeout',
    '60',
    '--shell',
    'ship1',
    '--',
    script,
  );
  expect(status).toBe(0);
  const id = out.trim();
  expect(id).toMatch(/^[0-9a-z]{20}$/);
  writeFileSync(pair.central.path('killed.bin'), 'another');
  await waitFor('the copy to begin', () => (inputsOf(pair.ship).length > 0 ? true : undefined));
  await pair.ship.kill();
  await pair.central.kill();
  await Promise.all([pair.ship.startLinked(), pair.central.startLinked()]);
  const { state } = await pair.central.settled(id, 60_000);
  expect(state).toBe('succeeded');
  expect(readFileSync(pair.ship.path('killed.sum'), 'utf8')).toContain(sha256(bytes));
  await nothingIsLeft();
}, 120_000);

test('stdin of any size - a command that is cancelled while it waits for its turn leaves no file', async () => {
  writeFileSync(pair.central.path('cancelled.bin'), Buffer.alloc(13 * 1024 * 1024));
  const [blocker] = await pair.central.submit(command('sleep 600', { methodTimeout: -1 }));
  const { out } = await pair.central.steward(
    'run',
    '--no-wait',
    '--ordered',
    '--stdin',
    'cancelled.bin',
    'ship1',
    '--',
    'touch',
    'never.txt',
  );
  const id = out.trim();
  await waitFor('it to be there', async () =>
    (await pair.central.client.message(id)).state === 'delivered' ? true : undefined,
  );
  expect(inputsOf(pair.ship)).toHaveLength(1);
  await pair.central.steward('cancel', id);
  expect((await pair.central.settled(id)).state).toBe('cancelled');
  await nothingIsLeft();
  await pair.central.steward('cancel', blocker ?? '');
  expect(existsSync(pair.ship.path('never.txt'))).toBe(false);
}, 60_000);

test('stdin of any size - a copy that fails keeps its command from running, and says why', async () => {
  writeFileSync(pair.central.path('refused.bin'), Buffer.alloc(13 * 1024 * 1024));
  await nothingIsLeft();
  // Where the folder would be there is a file.
  rmSync(pair.ship.dataPath('.steward-input'), { recursive: true, force: true });
  writeFileSync(pair.ship.dataPath('.steward-input'), '');
  const { out, err, status } = await pair.central.steward(
    'run',
    '--stdin',
    'refused.bin',
    'ship1',
    '--',
    'touch',
    'never.txt',
  );
  rmSync(pair.ship.dataPath('.steward-input'));
  expect(status).toBe(1);
  expect(out).toContain('cancelled');
  expect(err).toContain('its standard input was not copied');
  expect(err).toContain('.steward-input');
  expect(existsSync(pair.ship.path('never.txt'))).toBe(false);
}, 60_000);

test('stdin of any size - with a schedule, --cached and --late-joiners it is refused, and --dry-run sends nothing', async () => {
  writeFileSync(pair.central.path('long.bin'), Buffer.alloc(13 * 1024 * 1024));
  for (const option of [['--every', '60s'], ['--cached'], ['--late-joiners']]) {
    const { err, status } = await pair.central.steward('run', ...option, '--stdin', 'long.bin', 'ship1', '--', 'cat');
    expect(status).toBe(2);
    expect(err).toContain('--stdin takes at most 11.5 MiB');
  }
  const { out } = await pair.central.steward('run', '--dry-run', '--stdin', 'long.bin', 'ship1', '--', 'cat');
  expect(out).toContain('nothing was sent');
  expect(inputsOf(pair.central)).toEqual([]);
});

function peakMb(pid: number): number {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}
