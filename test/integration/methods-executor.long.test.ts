// What only the executor can do, and what becomes of its commands when it, or its node, dies.
import { build } from 'esbuild';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Timers, systemClock, systemTimers } from '../../src/base/clock.ts';
import type { Command } from '../../src/methods/command/command-runner.ts';
import {
  type ExecutorRunner,
  type ExecutorRunnerOptions,
  createExecutorRunner,
} from '../../src/methods/command/executor-runner.ts';
import { createMethods } from '../../src/methods/create-methods.ts';
import { endOrphans } from '../../src/methods/orphans/end-orphans.ts';
import { findRunProcesses } from '../../src/methods/orphans/find-run-processes.ts';
import { createIdentify, readProcessTable } from '../../src/methods/orphans/process-table.ts';
import type { OutputPart, Pace, RunResult } from '../../src/methods/run.ts';
import { waitFor } from '../support/wait-for.ts';

const proc = { path: '/proc' };
let folder = '';
let count = 0;
let runners: ExecutorRunner[] = [];
let nodes: ChildProcess[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'steward-executor-')));
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  for (const node of nodes) if (node.exitCode === null && node.signalCode === null) node.kill('SIGKILL');
  runners = [];
  nodes = [];
  rmSync(folder, { recursive: true, force: true });
});

function newRunner(more: Partial<ExecutorRunnerOptions> = {}): ExecutorRunner {
  const runner = createExecutorRunner({
    clock: systemClock,
    timers: systemTimers,
    env: { PATH: process.env['PATH'] ?? '' },
    sweep: (run) => endOrphans([run], { proc, timers: systemTimers, self: process.pid }),
    look: async (run) => findRunProcesses(await readProcessTable(proc), { runs: [run], self: process.pid }),
    identify: createIdentify(proc),
    mark: `executor of ${folder}`,
    ...more,
  });
  runners.push(runner);
  return runner;
}

async function warmRunner(more: Partial<ExecutorRunnerOptions> = {}): Promise<{ runner: ExecutorRunner; pid: number }> {
  const runner = newRunner(more);
  await waitFor('the executor', () => runner.warm());
  const pid = runner.pid();
  if (pid === undefined) throw new Error('an executor without a pid');
  return { runner, pid };
}

function run(runner: ExecutorRunner, script: string, more: Partial<Command> = {}): Promise<RunResult> {
  return runner.run(newCommand(script, more));
}

function newCommand(script: string, more: Partial<Command> = {}): Command {
  count += 1;
  return {
    key: `central/executor-${process.pid}-${count}`,
    args: ['bash', '-c', script],
    cwd: folder,
    stdin: new Uint8Array(0),
    timeoutMs: 30_000,
    outputLimit: 16 * 1024 * 1024,
    onSpawned: () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

function arm(runner: ExecutorRunner, size: number): readonly Command[] {
  const commands = Array.from({ length: size }, (_, index) => newCommand(`echo $$ >ran-${index}; echo $$ $PPID`));
  for (const command of commands) runner.arm(command);
  return commands;
}

/** Processes that were made ahead: they carry the executor's own mark until they become commands. */
async function spares(executor: number): Promise<readonly number[]> {
  const rows = await readProcessTable(proc);
  const own = rows.filter((row) => !row.ended && row.run === `executor of ${folder}`);
  return own.map(({ pid }) => pid).filter((pid) => pid !== executor);
}

const spareCount = (executor: number, size: number): Promise<readonly number[]> =>
  waitFor(`${size} spares`, async () => {
    const found = await spares(executor);
    return found.length === size ? found : undefined;
  });

const whatRan = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('ran-'));

const parentOf = (result: RunResult): number => Number(Buffer.from(result.stdout).toString());
const written = (name: string): Promise<number> =>
  waitFor(`the pid in ${name}`, () => {
    const pid = Number(readFileSync(join(folder, name), 'utf8'));
    return pid > 0 ? pid : undefined;
  });

test('executor - the first command is spawned, and those that follow go to the executor', async () => {
  const runner = newRunner();
  expect(parentOf(await run(runner, 'echo $PPID'))).toBe(process.pid);
  expect(runner.pid()).toBeUndefined();
  expect(parentOf(await run(runner, 'echo $PPID'))).toBe(process.pid);
  const executor = await waitFor('a command from the executor', async () => {
    const parent = parentOf(await run(runner, 'echo $PPID'));
    return parent === process.pid ? undefined : parent;
  });
  expect(executor).toBe(runner.pid());
});

test('executor - a command can open its output by name', async () => {
  const { runner } = await warmRunner();
  const result = await run(runner, 'echo out >/dev/stdout; echo err >/dev/stderr');
  expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 4, stderrBytes: 4 });
});

test('executor - more commands at once than it takes are run too', async () => {
  const { runner } = await warmRunner();
  const parents = await Promise.all(Array.from({ length: 140 }, () => run(runner, 'echo $PPID; read -t 0.3 <> <(:)')));
  expect(new Set(parents.map((result) => Number.parseInt(Buffer.from(result.stdout).toString(), 10)))).toEqual(
    new Set([process.pid, runner.pid()]),
  );
});

test('executor - what is meant for Perl in the environment reaches commands, and does not touch it', async () => {
  const { runner } = await warmRunner({
    env: { PATH: process.env['PATH'] ?? '', PERL5OPT: '-Mno_such_module', EQUAL: 'a=b=c', EMPTY: '', LINES: 'a\nb' },
  });
  const result = await run(runner, 'echo "$PPID|$PERL5OPT|$EQUAL|$EMPTY|$LINES"');
  expect(Buffer.from(result.stdout).toString()).toBe(`${runner.pid()}|-Mno_such_module|a=b=c||a\nb\n`);
});

test('executor - when it is killed, its commands are ended and reported as unknown, and the next ones run', async () => {
  const { runner, pid } = await warmRunner();
  const running = [run(runner, 'echo $$ >first; sleep 300'), run(runner, 'setsid sleep 300 & echo $! >second; wait')];
  const commands = [await written('first'), await written('second')];
  process.kill(pid, 'SIGKILL');
  const next = run(runner, 'echo here');
  for (const { outcome } of await Promise.all(running)) {
    expect(outcome).toMatchObject({
      state: 'unknown',
      reason: 'the process that started the command died while it ran',
    });
  }
  expect(commands.map((command) => alive(command))).toEqual([false, false]);
  expect(['succeeded', 'unknown']).toContain((await next).outcome.state);
  const parent = await waitFor('another executor', async () => {
    const result = await run(runner, 'echo $PPID');
    return result.outcome.state === 'succeeded' && parentOf(result) === runner.pid();
  });
  expect(parent).toBe(true);
  expect(runner.pid()).not.toBe(pid);
});

test('executor - one that hangs is ended when it does not take notice of a timeout', async () => {
  // Ten times faster than the clock on the wall.
  const timers: Timers = { after: (delayMs, callback) => systemTimers.after(delayMs / 10, callback) };
  const { runner, pid } = await warmRunner({ timers });
  const running = run(runner, 'echo $$ >pid; sleep 300', { timeoutMs: 3_000 });
  const command = await written('pid');
  process.kill(pid, 'SIGSTOP');
  expect((await running).outcome).toMatchObject({ state: 'timedOut', reason: expect.not.stringContaining('SIGKILL') });
  expect([alive(command), alive(pid)]).toEqual([false, false]);
});

test.each(['/no/such/perl', '/bin/false', '/bin/cat'])(
  'executor - with %s for Perl every command is spawned',
  async (perl) => {
    const runner = newRunner({ perl });
    for (let index = 0; index < 6; index += 1) {
      expect(parentOf(await run(runner, 'echo $PPID'))).toBe(process.pid);
    }
  },
);

test('executor - one that fails at every start is left alone after three times', async () => {
  const file = join(folder, 'perl');
  writeFileSync(file, `#!/bin/sh\necho start >>${folder}/starts\n`, { mode: 0o755 });
  const runner = newRunner({ perl: file });
  for (let index = 0; index < 12; index += 1) {
    await run(runner, 'true');
    await waitFor('no executor', () => runner.pid() === undefined);
  }
  expect(readFileSync(`${folder}/starts`, 'utf8')).toBe('start\n'.repeat(3));
});

test('executor - ends when it had nothing to do for a while, and starts again', async () => {
  const { runner, pid } = await warmRunner({ idleMs: 200 });
  expect(parentOf(await run(runner, 'echo $PPID'))).toBe(pid);
  await waitFor('the end of the executor', () => !alive(pid));
  expect(parentOf(await run(runner, 'echo $PPID'))).toBe(process.pid);
});

test('executor - does not end while a command runs', async () => {
  const { runner, pid } = await warmRunner({ idleMs: 50 });
  expect(parentOf(await run(runner, 'echo $PPID; sleep 0.4'))).toBe(pid);
});

test('executor - few of the commands that end at once are named', async () => {
  const { runner } = await warmRunner();
  let named = 0;
  for (let index = 0; index < 50; index += 1) await run(runner, 'echo here', { onSpawned: () => (named += 1) });
  expect(named).toBeLessThan(25);
});

test('executor - a process is made when a run is armed, and becomes the command', async () => {
  const { runner, pid } = await warmRunner();
  const [command] = arm(runner, 1);
  if (command === undefined) throw new Error('nothing was armed');
  const [spare] = await spareCount(pid, 1);
  expect(whatRan()).toEqual([]);
  const result = await runner.run(command);
  expect(Buffer.from(result.stdout).toString()).toBe(`${spare} ${pid}\n`);
  expect(await spares(pid)).toEqual([]);
});

test('executor - what was armed is gone when it is disarmed, and the executor is reaped clean', async () => {
  const { runner, pid } = await warmRunner();
  const commands = arm(runner, 5);
  await spareCount(pid, 5);
  for (const { key } of commands.slice(0, 4)) runner.disarm(key);
  const [last] = await spareCount(pid, 1);
  await waitFor('no zombie', () => childrenOf(pid).length === 1);
  expect(childrenOf(pid)).toEqual([last]);
  expect(whatRan()).toEqual([]);
});

test('executor - what was armed and forgotten is gone after a while', async () => {
  // Fifty times faster than the clock on the wall.
  const timers: Timers = { after: (delayMs, callback) => systemTimers.after(delayMs / 50, callback) };
  const { runner, pid } = await warmRunner({ timers });
  const commands = arm(runner, 3);
  await waitFor('the end of all', () => childrenOf(pid).length === 0);
  const results = await Promise.all(commands.map((command) => runner.run(command)));
  expect(results.map(({ outcome }) => outcome.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

test('executor - makes a few processes ahead, not as many as are armed', async () => {
  const { runner, pid } = await warmRunner();
  const commands = arm(runner, 60);
  await spareCount(pid, 16);
  const results = await Promise.all(commands.map((command) => runner.run(command)));
  expect(results.every(({ outcome }) => outcome.state === 'succeeded')).toBe(true);
  expect(await spares(pid)).toEqual([]);
});

test('executor - a process that was made ahead and is killed costs its command nothing', async () => {
  const { runner, pid } = await warmRunner();
  const [command] = arm(runner, 1);
  const [spare] = await spareCount(pid, 1);
  if (command === undefined || spare === undefined) throw new Error('nothing was armed');
  // So that the executor cannot make another before it is told to run.
  process.kill(pid, 'SIGSTOP');
  process.kill(spare, 'SIGKILL');
  await waitFor('its end', () => !alive(spare));
  const running = runner.run(command);
  process.kill(pid, 'SIGCONT');
  expect((await running).outcome.state).toBe('succeeded');
});

test('executor - where no process can be made ahead, what was armed runs', async () => {
  const file = join(folder, 'perl');
  // Room for the pipes of a command, and not for those of a process that is made ahead.
  const script = '#!/bin/sh\nexec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-\nulimit -n 11\nexec perl "$@"\n';
  writeFileSync(file, script, { mode: 0o755 });
  const { runner, pid } = await warmRunner({ perl: file });
  for (const command of arm(runner, 3)) {
    const result = await runner.run(command);
    expect(Buffer.from(result.stdout).toString()).toMatch(new RegExp(`^[0-9]+ ${pid}\n$`));
  }
});

test('executor - when it is killed, nothing of what was armed runs, and nothing is left', async () => {
  const { runner, pid } = await warmRunner();
  const commands = arm(runner, 16);
  const made = await spareCount(pid, 16);
  const told = commands.slice(8);
  process.kill(pid, 'SIGSTOP');
  const running = told.map((command) => runner.run(command));
  process.kill(pid, 'SIGKILL');
  for (const { outcome } of await Promise.all(running)) expect(outcome.state).toBe('unknown');
  expect(made.map((spare) => alive(spare))).toEqual(made.map(() => false));
  expect(whatRan()).toEqual([]);
  const parent = await waitFor('another executor', async () => {
    const result = await run(runner, 'echo $PPID');
    return result.outcome.state === 'succeeded' && parentOf(result) === runner.pid() ? runner.pid() : undefined;
  });
  for (const command of commands) expect((await runner.run(command)).outcome.state).toBe('succeeded');
  expect(await spares(parent)).toEqual([]);
});

test('executor - when it is killed at any moment, a command that was armed runs never or is ended', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { runner, pid } = await warmRunner();
    const commands = Array.from({ length: 6 }, () => newCommand('sleep 300'));
    for (const command of commands) runner.arm(command);
    if (round % 2 === 0) await spareCount(pid, 6);
    const running = commands.slice(0, 4).map((command) => runner.run(command));
    await new Promise((resolve) => void systemTimers.after((round % 10) / 3, () => resolve(undefined)));
    process.kill(pid, 'SIGKILL');
    for (const { outcome } of await Promise.all(running)) expect(outcome.state).toBe('unknown');
    const keys = new Set(commands.map(({ key }) => key));
    const left = (await readProcessTable(proc)).filter((row) => !row.ended && keys.has(row.run ?? ''));
    expect([left, await spares(pid)]).toEqual([[], []]);
    await runner.close();
  }
});

/** A node of its own process that runs one command by its executor; resolves when the command runs. */
async function startNode(script: string): Promise<{ node: ChildProcess; executor: number; key: string }> {
  count += 1;
  const key = `central/crash-${process.pid}-${count}`;
  const entry = `
    import { systemClock, systemTimers } from '${resolve('src/base/clock.ts')}';
    import { createExecutorRunner } from '${resolve('src/methods/command/executor-runner.ts')}';
    const runner = createExecutorRunner({
      clock: systemClock, timers: systemTimers, env: { PATH: process.env.PATH }, mark: 'executor of ${folder}',
      look: async () => [], sweep: async () => ({ ended: [], left: [] }), identify: (pid) => ({ pid, startTime: '' }),
    });
    while (!runner.warm()) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const index of [0, 1, 2]) {
      runner.arm({ key: '${key}-' + index, args: ['touch', 'ran-' + index], cwd: '${folder}', stdin: new Uint8Array(0) });
    }
    console.log(runner.pid());
    await runner.run({
      key: '${key}', args: ['bash', '-c', ${JSON.stringify(script)}], cwd: '${folder}', stdin: new Uint8Array(0),
      timeoutMs: -1, outputLimit: 1000, onSpawned: () => undefined, signal: new AbortController().signal,
    });
  `;
  const outfile = join(folder, 'node.mjs');
  await build({ stdin: { contents: entry, resolveDir: '.' }, outfile, bundle: true, platform: 'node', format: 'esm' });
  const node = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
  nodes.push(node);
  const [line] = (await once(node.stdout, 'data')) as [Buffer];
  return { node, executor: Number(line.toString()), key };
}

const newMethods = (): ReturnType<typeof createMethods> =>
  createMethods({
    nodeName: 'ship1',
    configFolder: '/nowhere',
    groups: [],
    version: '0.0.0',
    dataFolder: folder,
    storeFolder: folder,
    workFolder: folder,
    env: {},
    clock: systemClock,
    timers: systemTimers,
    stdout: () => Promise.resolve(),
    stderr: () => Promise.resolve(),
    pid: process.pid,
    askNode: () => Promise.reject(new Error('nobody asks')),
    askOther: () => Promise.reject(new Error('nobody asks')),
  });

test('executor - ends with its node, and the command that runs on is ended at the next start', async () => {
  const { node, executor, key } = await startNode('echo $$ >pid; sleep 300');
  const command = await written('pid');
  expect(await spareCount(executor, 3)).toHaveLength(3);
  node.kill('SIGKILL');
  await waitFor('the end of the executor', () => !alive(executor));
  await spareCount(executor, 0);
  expect(whatRan()).toEqual([]);
  expect(alive(command)).toBe(true);
  const report = await newMethods().endOrphans([{ key }]);
  expect(report.ended.map(({ pid }) => pid)).toContain(command);
  expect(report.left).toEqual([]);
  expect(alive(command)).toBe(false);
});

test('executor - one that hangs when its node dies is ended at the next start, and starts nothing more', async () => {
  const { node, executor, key } = await startNode('echo $$ >pid; sleep 300');
  const command = await written('pid');
  process.kill(executor, 'SIGSTOP');
  node.kill('SIGKILL');
  await once(node, 'exit');
  expect((await newMethods().endOrphans([{ key }])).left).toEqual([]);
  expect([alive(command), alive(executor)]).toEqual([false, false]);
  const rows = await readProcessTable(proc);
  expect(rows.filter((row) => !row.ended && row.run === `executor of ${folder}`)).toEqual([]);
  expect(whatRan()).toEqual([]);
});

/** Zombies too. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function alive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('executor - a command whose output nobody takes waits at its pipe, and holds up no other', async () => {
  const { runner } = await warmRunner();
  const taken: OutputPart[] = [];
  let isFull = true;
  const onLarge = (parts: readonly OutputPart[]): Promise<Pace> => {
    taken.push(...parts);
    return Promise.resolve(isFull ? 'full' : 'go on');
  };
  const size = (): number => taken.reduce((sum, { stdout }) => sum + stdout.length, 0);
  const held = run(runner, 'seq 1 5000000', { onLarge });
  await waitFor('its first parts', () => size() > 0);
  for (let turn = 0; turn < 20; turn += 1)
    expect(Buffer.from((await run(runner, `echo ${turn}`)).stdout).toString()).toBe(`${turn}\n`);
  const before = size();
  expect(before).toBeLessThan(4 * 1024 * 1024);
  isFull = false;
  const { outcome, stdout } = await held;
  expect(outcome).toMatchObject({ state: 'succeeded', streamed: { stdoutBytes: 38_888_896 } });
  expect([stdout.length, size()]).toEqual([0, 38_888_896]);
  const text = Buffer.concat(taken.map((part) => part.stdout)).toString();
  expect(text.startsWith('1\n2\n3\n')).toBe(true);
  expect(text.endsWith('\n4999999\n5000000\n')).toBe(true);
}, 60_000);

test('executor - a command that waits at its pipe is ended by its time, and hands over what it had written', async () => {
  const { runner } = await warmRunner();
  const taken: OutputPart[] = [];
  const { outcome } = await run(runner, 'seq 1 5000000', {
    timeoutMs: 500,
    onLarge(parts) {
      taken.push(...parts);
      return Promise.resolve('full');
    },
  });
  expect(outcome.state).toBe('timedOut');
  const text = Buffer.concat(taken.map(({ stdout }) => stdout)).toString();
  expect(text.length).toBe(outcome.streamed?.stdoutBytes);
  expect(text.startsWith('1\n2\n3\n')).toBe(true);
});

test('executor - output that is small comes with the outcome, also where it might come in parts', async () => {
  const { runner } = await warmRunner();
  const onLarge = (): Promise<Pace> => Promise.reject(new Error('nothing is to come'));
  const { outcome, stdout } = await run(runner, 'head -c 1048576 /dev/zero', { onLarge });
  expect([outcome.state, outcome.stdoutBytes, stdout.length]).toEqual(['succeeded', 1_048_576, 1_048_576]);
  expect(outcome.streamed).toBeUndefined();
});
