// Where, as whom and whether at all a command runs: by message file and by `steward run`.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const command = (script: string, more: object = {}): Record<string, unknown> => ({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: ['sh', '-c', script],
  replyMethod: 'none',
  ...more,
});

async function output(message: Record<string, unknown>): Promise<string> {
  const { id, state } = await pair.central.ask(message);
  expect(state).toBe('succeeded');
  return (await pair.central.steward('output', id)).out;
}

test('cwd - counts from the work folder of the node, and one that is not there is told by its name', async () => {
  mkdirSync(pair.ship.path('deep', 'er'), { recursive: true });
  expect(await output(command('pwd', { cwd: 'deep/er' }))).toBe(`${pair.ship.path('deep', 'er')}\n`);
  expect(await output(command('pwd', { cwd: '/' }))).toBe('/\n');
  expect(await pair.central.ask(command('pwd', { cwd: 'nowhere' }))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('no such folder') as string,
  });
  expect(await pair.central.ask(command('pwd', { cwd: '/etc/passwd' }))).toMatchObject({ state: 'failed' });
});

test('env - is added to that of the node, and leaves the rest', async () => {
  const env = { COLOUR: 'green and $(touch ran)', EMPTY: '', NUMBER: 7, PATH: `/extra:${process.env['PATH'] ?? ''}` };
  const printed = await output(
    command('printf "%s|%s|%s|%s|%s" "$COLOUR" "$EMPTY" "$NUMBER" "$STEWARD_NODE" "$PATH"', { env }),
  );
  expect(printed).toBe(`green and $(touch ran)||7|ship1|${env.PATH}`);
  expect(await output(command('env | grep -c ^COLOUR= || true'))).toBe('0\n');
  for (const bad of [{ 'A B': 'x' }, { STEWARD_RUN: 'x' }, { A: ['x'] }, 'A=x'])
    expect(await pair.central.pipe(JSON.stringify([command('true', { env: bad })]))).toContain('"field":"env"');
});

test('stdin - is what the command reads', async () => {
  expect(await output(command('cat', { stdin: 'typed\n' }))).toBe('typed\n');
  expect(await pair.central.pipe(JSON.stringify([command('cat', { stdin: 'a', data: 'b' })]))).toContain('the same');
});

test('useDetectedShell - the script is run by the shell of the node', async () => {
  const script = { useDetectedShell: true, methodArgs: ['echo "$0" "$1" | tr a-z A-Z', 'zero', 'one'] };
  expect(await output(command('', script))).toBe('ZERO ONE\n');
});

test('onlyIf - what is not so keeps the command from starting, and the message is rejected', async () => {
  const onlyIf = ['test', '-e', 'wanted'];
  const run = command('echo ran >> ran.txt', { onlyIf });
  expect(await pair.central.ask({ ...run, replyMethod: 'file', directory: 'd', fileName: 'f' })).toMatchObject({
    state: 'rejected',
    reason: 'precondition: onlyIf ended with exit code 1',
  });
  expect(existsSync(pair.ship.path('ran.txt'))).toBe(false);
  expect(existsSync(pair.central.dataPath('d'))).toBe(false);
  writeFileSync(pair.ship.path('wanted'), '');
  expect(await pair.central.ask(run)).toMatchObject({ state: 'succeeded' });
  expect(existsSync(pair.ship.path('ran.txt'))).toBe(true);
  expect(await pair.central.ask(command('true', { onlyIf: ['no-such-program'] }))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('onlyIf: command not found') as string,
  });
  expect(await pair.central.ask(command('true', { onlyIf: ['sleep', '60'], methodTimeout: 1 }))).toMatchObject({
    state: 'timedOut',
    reason: expect.stringContaining('onlyIf') as string,
  });
});

test('onlyIf - a cancel ends the question, too, and nothing else starts', async () => {
  const [id = ''] = await pair.central.submit(
    command('echo ran >> cancelled.txt', { onlyIf: ['sh', '-c', 'echo > asked; exec sleep 60'], methodTimeout: 90 }),
  );
  await waitFor('the question', () => existsSync(pair.ship.path('asked')));
  expect((await pair.central.steward('cancel', id)).status).toBe(0);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  expect(existsSync(pair.ship.path('cancelled.txt'))).toBe(false);
});

test('user - a command runs as somebody else, with their groups and home, where the node may', async () => {
  const missing = await pair.central.ask(command('id', { user: 'nobody-of-this-name' }));
  expect(missing).toMatchObject({ state: 'failed', reason: expect.stringContaining('there is no user') as string });
  const self = userInfo();
  expect(await output(command('id -un', { user: self.uid }))).toBe(`${self.username}\n`);
  const other = await pair.central.ask(
    command('id -un; id -gn; echo "$HOME $USER"; cat; exit 3', { user: 'games', cwd: '/', stdin: 'in' }),
  );
  if (self.uid === 0) {
    expect(other).toMatchObject({ state: 'failed', outcome: { exitCode: 3 } });
    expect((await pair.central.steward('output', other.id)).out).toBe('games\ngames\n/usr/games games\nin');
  } else expect(other).toMatchObject({ state: 'failed', reason: expect.stringContaining('only root') as string });
});

test('settings - are for commands only, and are told where one is none', async () => {
  for (const field of ['cwd', 'user', 'stdin'])
    expect(await pair.central.pipe(JSON.stringify([{ toNode: 'ship1', method: 'ping', [field]: 'x' }]))).toContain(
      `"field":"${field}"`,
    );
});

test('run - has an option for each', async () => {
  writeFileSync(pair.central.path('input'), 'from a file\n');
  chmodSync(pair.central.path('input'), 0o600);
  const said = await pair.central.steward(
    'run',
    '--cwd',
    'deep',
    '--env',
    'A=1',
    '--env',
    'B=x=y',
    '--stdin',
    pair.central.path('input'),
    '--only-if',
    'test -d er',
    '--shell',
    'ship1',
    '--',
    'cat; pwd; echo "$A $B" | tr x z',
  );
  expect(said.out).toContain(`from a file\n${pair.ship.path('deep')}\n1 z=y\n`);
  expect(said.status).toBe(0);
  const rejected = await pair.central.steward('run', '--only-if', 'false', 'ship1', '--', 'touch', 'never');
  expect(rejected).toMatchObject({ status: 1, out: expect.stringMatching(/ship1 +rejected/) as string });
  expect(existsSync(pair.ship.path('never'))).toBe(false);
  expect(await pair.central.steward('run', '--env', 'A', 'ship1', '--', 'true')).toMatchObject({ status: 2 });
});

test('stdin - what a submission holds goes with it (more: stdin-file.test.ts)', async () => {
  writeFileSync(pair.central.path('much'), Buffer.alloc(11 * 1024 * 1024));
  const most = await pair.central.steward('run', '--stdin', 'much', 'ship1', '--', 'wc', '-c');
  expect(most).toMatchObject({ status: 0, out: expect.stringContaining('11534336') as string });
});

test('env - what the executable sets for the allocator of the node is not handed on', async () => {
  expect(readFileSync(`/proc/${pair.ship.pid}/environ`, 'latin1')).toContain('GLIBC_TUNABLES=glibc.malloc.arena_max=1');
  expect(await output(command('echo "${GLIBC_TUNABLES-unset}"'))).toBe('unset\n');
});
