// One suite for every way to start a command: real processes, real signals.
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import type { Command, CommandRunner, RunnerOptions } from '../../src/methods/command/command-runner.ts';
import { createExecutorRunner } from '../../src/methods/command/executor-runner.ts';
import { graceMs } from '../../src/methods/command/running-command.ts';
import { createSpawnRunner } from '../../src/methods/command/spawn-command.ts';
import { endOrphans } from '../../src/methods/orphans/end-orphans.ts';
import { findRunProcesses } from '../../src/methods/orphans/find-run-processes.ts';
import { createIdentify, readProcessTable } from '../../src/methods/orphans/process-table.ts';
import { RunStop, type ProcessIdentity, type RunResult } from '../../src/methods/run.ts';
import { waitFor } from '../support/wait-for.ts';

const proc = { path: '/proc' };
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'steward-command-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: RunnerOptions = {
  clock: systemClock,
  timers: systemTimers,
  env: { PATH: process.env['PATH'] ?? '', STEWARD_NODE: 'ship1', COLOUR: 'grün' },
  sweep: (run) => endOrphans([run], { proc, timers: systemTimers, self: process.pid }),
  look: async (run) => findRunProcesses(await readProcessTable(proc), { runs: [run], self: process.pid }),
  identify: createIdentify(proc),
};

const runners: readonly (readonly [string, () => Promise<CommandRunner>])[] = [
  ['spawn', () => Promise.resolve(createSpawnRunner(options))],
  [
    'executor',
    async () => {
      const runner = createExecutorRunner({ ...options, mark: `executor test ${process.pid}` });
      await waitFor('the executor', () => runner.warm());
      return runner;
    },
  ],
];

describe.each(runners)('%s runner', (name, create) => {
  let runner: CommandRunner;
  let count = 0;

  beforeEach(async () => {
    runner = await create();
  });
  afterEach(() => runner.close());

  function command(args: readonly string[], more: Partial<Command> = {}): Command {
    count += 1;
    return {
      key: `central/${process.pid}-${count}`,
      args,
      cwd: folder,
      stdin: new Uint8Array(0),
      timeoutMs: 30_000,
      outputLimit: 16 * 1024 * 1024,
      onSpawned: () => undefined,
      signal: new AbortController().signal,
      ...more,
    };
  }

  const run = (args: readonly string[], more: Partial<Command> = {}): Promise<RunResult> =>
    runner.run(command(args, more));
  const shell = (script: string, more: Partial<Command> = {}): Promise<RunResult> => run(['bash', '-c', script], more);

  test('command - keeps stdout and stderr apart and says how long it took', async () => {
    const before = Date.now();
    const result = await shell('echo out; echo err >&2');
    expect(text(result)).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    expect(result.outcome).toMatchObject({ state: 'succeeded', exitCode: 0, stdoutBytes: 4, stderrBytes: 4 });
    expect(result.outcome.startedAt).toBeGreaterThanOrEqual(before - 1);
    expect(result.outcome.durationMs).toBeGreaterThanOrEqual(0);
    expect(result.outcome.signal).toBeUndefined();
  });

  test.each([1, 3, 126, 127, 137, 143, 255])('command - exit code %i is failed, and no signal', async (code) => {
    const { outcome } = await shell(`echo partial; exit ${code}`);
    expect(outcome).toMatchObject({ state: 'failed', exitCode: code, stdoutBytes: 8 });
    expect(outcome.signal).toBeUndefined();
  });

  test.each(['KILL', 'TERM', 'INT', 'PIPE', 'SEGV'])('command - SIG%s is failed, and no exit code', async (signal) => {
    const { outcome } = await shell(`echo partial; kill -${signal} $$; sleep 60`);
    expect(outcome).toMatchObject({ state: 'failed', signal: `SIG${signal}`, stdoutBytes: 8 });
    expect(outcome.exitCode).toBeUndefined();
  });

  test('command - one that does not exist is failed, like 127 in a shell', async () => {
    expect((await run(['no-such-command-here', 'x'])).outcome).toMatchObject({
      state: 'failed',
      exitCode: 127,
      reason: 'command not found: "no-such-command-here"',
    });
    expect((await run([join(folder, 'nothing')])).outcome).toMatchObject({ state: 'failed', exitCode: 127 });
  });

  test('command - one that may not be executed is failed, like 126 in a shell', async () => {
    const file = join(folder, 'plain.txt');
    writeFileSync(file, 'no program', { mode: 0o644 });
    expect((await run([file])).outcome).toMatchObject({
      state: 'failed',
      exitCode: 126,
      reason: `not executable: ${JSON.stringify(file)}`,
    });
    expect((await run([folder])).outcome).toMatchObject({ state: 'failed', exitCode: 126 });
  });

  test('command - an empty one, or a zero byte in an argument, is failed', async () => {
    expect((await run([])).outcome).toMatchObject({ state: 'failed' });
    expect((await run([''])).outcome).toMatchObject({ state: 'failed' });
    expect((await run(['echo', 'a\0b'])).outcome).toMatchObject({
      state: 'failed',
      reason: 'could not start "echo": an argument holds a zero byte',
    });
  });

  test('command - an argument that is too long for the system is failed', async () => {
    const { outcome } = await run(['echo', 'x'.repeat(1024 * 1024)]);
    expect(outcome).toMatchObject({
      state: 'failed',
      reason: 'could not start "echo": arguments and environment too long for the system',
    });
  });

  test('command - a work folder that does not exist is failed, and named', async () => {
    const cwd = join(folder, 'gone');
    const { outcome } = await run(['true'], { cwd });
    expect(outcome).toMatchObject({ state: 'failed', reason: `could not start "true": no such folder: ${cwd}` });
    expect(outcome.exitCode).toBeUndefined();
  });

  test('command - a script without an interpreter line runs, as in a shell', async () => {
    const file = join(folder, 'script');
    writeFileSync(file, 'echo "script $1"\n', { mode: 0o755 });
    expect(text(await run([file, 'here'])).stdout).toBe('script here\n');
  });

  test('command - gets its arguments byte for byte', async () => {
    const args = [
      '',
      ' ',
      'a b',
      '"',
      "'",
      '$HOME',
      '`id`',
      '\\',
      'line\nline\n',
      '\t',
      'ä€😀',
      '*',
      '-n',
      '%s',
      '\u0001',
    ];
    const result = await run(['printf', '%s\\0', ...args]);
    expect(text(result).stdout.split('\0').slice(0, -1)).toEqual(args);
  });

  test('command - runs in the work folder with the environment that it was given, and the marks', async () => {
    const given = command(['bash', '-c', 'pwd; echo "$COLOUR $STEWARD_NODE $STEWARD_RUN"; env']);
    const { stdout } = text(await runner.run(given));
    expect(stdout.split('\n').slice(0, 2)).toEqual([folder, `grün ship1 ${given.key}`]);
    const names = stdout
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['COLOUR', 'PATH', 'PWD', 'SHLVL', 'STEWARD_NODE', 'STEWARD_RUN', '_']));
  });

  test('command - reads /dev/null, or what it was given', async () => {
    expect(text(await run(['cat'])).stdout).toBe('');
    expect(text(await run(['readlink', '/proc/self/fd/0'])).stdout).toBe('/dev/null\n');
    const stdin = bytesOf(300_000);
    expect(Buffer.compare((await run(['cat'], { stdin })).stdout, stdin)).toBe(0);
  });

  test('command - one that does not read what it was given ends as it likes', async () => {
    expect((await run(['true'], { stdin: bytesOf(1_000_000) })).outcome).toMatchObject({ state: 'succeeded' });
  });

  test('command - holds no open file of the node', async () => {
    // Whatever this process itself was handed, and did not mark to be closed, every child has.
    const inherited = readdirSync('/proc/self/fdinfo').filter((fd) => Number(fd) > 2 && !closedOnExec(Number(fd)));
    const held = text(await run(['ls', '/proc/self/fd']))
      .stdout.trim()
      .split('\n');
    expect(held.sort()).toEqual(['0', '1', '2', '3', ...inherited].sort());
  });

  test('command - starts with every signal as the system has it', async () => {
    const { stdout } = text(await run(['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']));
    expect(stdout.match(/[0-9a-f]{16}/g)).toEqual(['0'.repeat(16), '0'.repeat(16)]);
  });

  test('command - has a session and a process group of its own, and is named with its start', async () => {
    let spawned: ProcessIdentity | undefined;
    const told = join(folder, `named-${name}`);
    const waits = `until [ -e ${told} ]; do read -t 0.01 <> <(:); done`;
    const result = await shell(`cut -d" " -f 5,6 /proc/$$/stat; echo $$; ${waits}`, {
      onSpawned: (process) => {
        spawned = process;
        writeFileSync(told, '');
      },
    });
    const pid = spawned?.pid ?? 0;
    expect(text(result).stdout).toBe(`${pid} ${pid}\n${pid}\n`);
    expect(spawned?.startTime).toMatch(/^\d+@.+/);
  });

  test('command - one that is killed at once is named before its end, and once', async () => {
    const named: ProcessIdentity[] = [];
    const result = await run(['sleep', '300'], { timeoutMs: 1, onSpawned: (process) => named.push(process) });
    expect(result.outcome.state).toBe('timedOut');
    expect(named).toHaveLength(1);
  });

  test('command - past its timeout it is killed with its whole group, and what it wrote is kept', async () => {
    const result = await shell('sleep 300 & echo $!; echo partial; sleep 300', { timeoutMs: 1_000 });
    expect(result.outcome).toMatchObject({
      state: 'timedOut',
      signal: 'SIGKILL',
      reason: 'no end within the method timeout of 1000 ms',
    });
    expect(result.outcome.durationMs).toBeLessThan(5_000);
    const [child, rest] = text(result).stdout.split('\n');
    expect(rest).toBe('partial');
    expect(alive(Number(child))).toBe(false);
  });

  test('command - past its timeout what has left its group and session is ended too', async () => {
    const file = join(folder, `escaped-${count}`);
    const script = `setsid bash -c 'echo $$ >${file}; sleep 300' & set -m; sleep 300 & echo $!; wait`;
    const result = await shell(script, { timeoutMs: 1_500 });
    expect(result.outcome.state).toBe('timedOut');
    expect(alive(Number(text(result).stdout))).toBe(false);
    expect(alive(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  test('command - ends with the reason of the signal that stops it', async () => {
    const controller = new AbortController();
    const running = shell('sleep 300 & sleep 300', {
      signal: controller.signal,
      onSpawned: () => controller.abort(new RunStop('node stopped')),
    });
    expect((await running).outcome).toMatchObject({ state: 'failed', reason: 'node stopped' });
  });

  test('command - that is asked to end has time to, and so has what has left its session; then it is killed', async () => {
    const file = (what: string): string => join(folder, `${what}-${name}-${count}`);
    const [tidied, apart, up] = [file('tidied'), file('apart'), file('up')];
    const controller = new AbortController();
    const script = `
      trap 'sleep 0.3; echo tidied >${tidied}; exit 7' TERM
      setsid bash -c 'trap "echo apart >${apart}; exit" TERM; echo 1 >>${up}; while :; do sleep 0.05; done' &
      setsid bash -c 'trap "" TERM; echo $BASHPID; echo 2 >>${up}; while :; do sleep 0.05; done' &
      wait; wait`;
    const running = shell(script, { signal: controller.signal });
    await waitFor('both to be ready', () => existsSync(up) && readFileSync(up, 'utf8').length === 4);
    const asked = performance.now();
    controller.abort(new RunStop('cancelled by central', true));
    const result = await running;
    expect(result.outcome).toMatchObject({ state: 'failed', exitCode: 7, reason: 'cancelled by central' });
    expect(readFileSync(tidied, 'utf8')).toBe('tidied\n');
    expect(readFileSync(apart, 'utf8')).toBe('apart\n');
    // One would not go.
    expect(performance.now() - asked).toBeGreaterThanOrEqual(graceMs);
    const stubborn = text(result)
      .stdout.split('\n')
      .find((line) => /^\d+$/.test(line));
    expect(alive(Number(stubborn))).toBe(false);
  });

  test('command - that does as it is asked is not waited for any longer', async () => {
    const controller = new AbortController();
    const asked = performance.now();
    const running = shell('sleep 300 & sleep 300', {
      signal: controller.signal,
      onSpawned: () => controller.abort(new RunStop('cancelled by central', true)),
    });
    expect((await running).outcome).toMatchObject({
      state: 'failed',
      signal: 'SIGTERM',
      reason: 'cancelled by central',
    });
    expect(performance.now() - asked).toBeLessThan(graceMs);
  });

  test('command - is not started if it is stopped already', async () => {
    const file = join(folder, `never-${count}`);
    const result = await run(['touch', file], { signal: AbortSignal.abort(new RunStop('node stopped')) });
    expect(result.outcome).toMatchObject({ state: 'failed', reason: 'node stopped' });
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  test('command - output of 16 MiB is whole, byte for byte, on both streams together', async () => {
    const size = 8 * 1024 * 1024;
    const file = join(folder, 'large');
    writeFileSync(file, bytesOf(size));
    const result = await shell(`cat ${file}; cat ${file} >&2`);
    expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: size, stderrBytes: size });
    expect(Buffer.compare(result.stdout, bytesOf(size))).toBe(0);
    expect(Buffer.compare(result.stderr, bytesOf(size))).toBe(0);
  });

  test('command - more output than the limit is failed, and what is below it is kept', async () => {
    const result = await shell('echo $$; yes', { outputLimit: 100_000 });
    expect(result.outcome).toMatchObject({
      state: 'failed',
      reason: 'output limit: output too large, more than 100000 bytes; what came before is kept',
      stdoutBytes: 100_000,
    });
    const [pid, first] = text(result).stdout.split('\n');
    expect(first).toBe('y');
    expect(alive(Number(pid))).toBe(false);
  });

  test('command - output of just the limit is not too large', async () => {
    expect((await shell('head -c 1000 /dev/zero', { outputLimit: 1000 })).outcome.state).toBe('succeeded');
    expect((await shell('head -c 1001 /dev/zero', { outputLimit: 1000 })).outcome.state).toBe('failed');
  });

  test('command - ends with its first process, though a child in the background holds its output', async () => {
    writeFileSync(join(folder, 'listed'), '');
    const result = await shell('sleep 300 & echo $! >&2; ls ./listed');
    const child = Number(text(result).stderr);
    try {
      expect(text(result).stdout).toBe('./listed\n');
      expect(result.outcome).toMatchObject({ state: 'succeeded', exitCode: 0 });
      expect(result.outcome.durationMs).toBeLessThan(10_000);
      expect(alive(child)).toBe(true);
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });

  test('command - all that its first process wrote is there, though a child holds its output', async () => {
    const size = 16 * 1024 * 1024 - 20;
    const file = join(folder, 'larger');
    writeFileSync(file, bytesOf(size));
    const result = await shell(`sleep 300 & echo $! >&2; exec cat ${file}`);
    process.kill(Number(text(result).stderr), 'SIGKILL');
    expect(Buffer.compare(result.stdout, bytesOf(size))).toBe(0);
  });

  test('command - what it wrote in its last moment is there, though a child holds its output', async () => {
    for (let round = 0; round < 15; round += 1) {
      const result = await shell('sleep 300 & echo $! >&2; exec head -c 60000 /dev/zero');
      process.kill(Number(text(result).stderr), 'SIGKILL');
      expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 60_000 });
    }
  });

  test('command - a child in the background lives on, until it writes to the closed output', async () => {
    const file = join(folder, `background-${count}`);
    const script = `(trap '' PIPE; read -r _ <${file}.go; echo late || echo "told: $?" >${file}) & echo $!`;
    const fifo = `mkfifo ${file}.go; `;
    const result = await shell(fifo + script);
    const child = Number(text(result).stdout);
    expect(alive(child)).toBe(true);
    await shell(`echo go >${file}.go`);
    await waitFor('the end of the child', () => !alive(child));
    expect(readFileSync(file, 'utf8')).toBe('told: 1\n');
  });

  test('command - a child that goes on writing in the background is not waited for', async () => {
    const result = await shell('(trap "" PIPE; while echo noise; do :; done) & echo $! >&2; echo done >&2; exit 3');
    expect(result.outcome).toMatchObject({ exitCode: 3 });
    expect(text(result).stderr).toMatch(/^\d+\ndone\n/);
    await waitFor('the end of the child', () => !alive(Number.parseInt(text(result).stderr, 10)));
  });

  test('command - many at once do not mix', async () => {
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => shell(`echo ${index}; echo ${-index} >&2; exit ${index}`)),
    );
    results.forEach((result, index) => {
      expect(text(result)).toEqual({ stdout: `${index}\n`, stderr: `${-index}\n` });
      expect(result.outcome.exitCode).toBe(index);
    });
  });

  test.each([
    ['that ends well', ['bash', '-c', 'pwd; readlink /proc/self/fd/0; echo "$COLOUR $STEWARD_NODE" >&2'], {}],
    ['that fails', ['bash', '-c', 'echo partial; exit 3'], {}],
    ['that a signal ends', ['bash', '-c', 'echo partial; kill -TERM $$'], {}],
    ['that does not exist', ['no-such-command-here'], {}],
    ['that has no folder', ['true'], { cwd: join(folder, 'gone') }],
    ['that takes too long', ['sleep', '300'], { timeoutMs: 200 }],
    ['that writes too much', ['yes'], { outputLimit: 100_000 }],
    ['with input', ['cat'], { stdin: bytesOf(100) }],
    ['with long arguments', ['echo', 'x'.repeat(3_900), 'y'.repeat(200)], {}],
    ['with the longest arguments that can be told ahead', ['echo', 'x'.repeat(3_900)], {}],
    ['that is empty', [], {}],
  ])('command - one %s has the same result when it was armed', async (_what, args, more) => {
    const armed = command(args, more);
    runner.arm(armed);
    expect(withoutTimes(await runner.run(armed))).toEqual(withoutTimes(await run(args, more)));
  });

  test('command - the time of one that was armed begins when it is run', async () => {
    const armed = command(['true']);
    runner.arm(armed);
    await shell('read -t 0.1 <> <(:)');
    const before = Date.now();
    const { outcome } = await runner.run(armed);
    expect(outcome.startedAt).toBeGreaterThanOrEqual(before - 1);
  });

  test('command - one that was armed and is not run leaves no trace', async () => {
    const armed = [1, 2, 3].map((index) => command(['touch', join(folder, `armed-${count}-${index}`)]));
    for (const each of armed) runner.arm(each);
    expect((await run(['true'])).outcome.state).toBe('succeeded');
    for (const each of armed.slice(1)) runner.disarm(each.key);
    expect((await run(['true'])).outcome.state).toBe('succeeded');
    await runner.close();
    for (const { args } of armed) expect(existsSync(args[1] ?? '')).toBe(false);
  });

  test('command - one that was armed and disarmed can be run, and armed again', async () => {
    const armed = command(['echo', 'here']);
    runner.arm(armed);
    runner.arm(armed);
    runner.disarm(armed.key);
    runner.disarm(armed.key);
    expect(text(await runner.run(armed)).stdout).toBe('here\n');
    runner.arm(armed);
    expect(text(await runner.run(armed)).stdout).toBe('here\n');
    runner.disarm(armed.key);
  });

  test('command - one that was armed with other arguments runs as it is told at last', async () => {
    const armed = command(['touch', join(folder, `other-${count}`)]);
    for (const args of [
      ['echo', 'here'],
      ['echo', 'x'.repeat(10_000)],
    ]) {
      runner.arm(armed);
      expect(text(await runner.run({ ...armed, args })).stdout).toBe(`${args[1]}\n`);
    }
    expect(existsSync(armed.args[1] ?? '')).toBe(false);
  });

  test('command - hundreds that were armed and are run at once do not mix', async () => {
    const commands = Array.from({ length: 300 }, (_, index) =>
      command(['bash', '-c', `echo ${index} $STEWARD_RUN; exit ${index % 200}`]),
    );
    for (const each of commands) runner.arm(each);
    // Every seventh is not run, and the others in another order than they were armed in.
    for (const [index, { key }] of commands.entries()) if (index % 7 === 0) runner.disarm(key);
    const kept = commands.map((each, index) => ({ each, index })).filter(({ index }) => index % 7 !== 0);
    await Promise.all(
      kept.toReversed().map(async ({ each, index }) => {
        const result = await runner.run(each);
        expect(text(result).stdout).toBe(`${index} ${each.key}\n`);
        expect(result.outcome.exitCode).toBe(index % 200);
      }),
    );
  });
});

function withoutTimes({ outcome, stdout, stderr }: RunResult): object {
  const { startedAt: _startedAt, durationMs: _durationMs, ...rest } = outcome;
  return { rest, stdout, stderr };
}

function text({ stdout, stderr }: RunResult): { readonly stdout: string; readonly stderr: string } {
  return { stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString() };
}

function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 255;
  return bytes;
}

function closedOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
    return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
  } catch {
    // The one that read the folder.
    return true;
  }
}

/** Whether it runs: a zombie does not. */
function alive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
