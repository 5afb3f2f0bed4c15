import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processesIn, startSteward, type StewardProcess } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
const started: StewardProcess[] = [];

function demo(...args: readonly string[]): StewardProcess {
  // STEWARD_NODE_NAME, if it were passed on, would make all of them one node.
  const process = startSteward(['demo', ...args], { cwd: folder, env: { STEWARD_NODE_NAME: 'other' } });
  started.push(process);
  return process;
}

function inDemo(...path: readonly string[]): string {
  return join(folder, 'steward-demo', ...path);
}

const nothingLeft = (): Promise<unknown> =>
  waitFor('every process to be gone', () => processesIn(folder).length === 0, { withinMs: 15_000 });

const told = (process: StewardProcess, text: string): Promise<unknown> =>
  waitFor(text, () => process.out().includes(text), { withinMs: 40_000, seen: () => process.out() + process.err() });

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'steward-demo-')));
});

afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await nothingLeft();
  rmSync(folder, { recursive: true });
});

test('demo - a folder of its name that it did not make stays as it is', async () => {
  mkdirSync(inDemo('mine'), { recursive: true });
  const run = demo('--once');
  expect(await run.ended).toBe(2);
  expect(run.err()).toMatch(/^steward: .*not made by the demo.*\n$/);
  expect(existsSync(inDemo('mine'))).toBe(true);
});

test('demo - the story comes true, and everything that was started is gone', async () => {
  const once = demo('--once');
  expect({ status: await once.ended, err: once.err() }).toEqual({ status: 0, err: '' });
  expect(processesIn(folder)).toEqual([]);
  expect(once.out()).toMatch(/its state is "queued", waiting: node offline/);
  expect(once.out()).toMatch(/ship2 ran the command \d+ ms after its hello/);
  for (const ship of ['ship1', 'ship2']) {
    expect(readFileSync(inDemo('central', 'data', 'answers', ship, 'hello.txt'), 'utf8')).toMatch(
      new RegExp(`^hello from ${ship}, [^\n]*\n$`),
    );
  }
});

test('demo - stays up until Ctrl-C, a second one is refused meanwhile, and the next starts clean', async () => {
  const first = demo();
  await told(first, 'It all stays up until Ctrl-C');
  const second = demo();
  expect(await second.ended).toBe(3);
  writeFileSync(inDemo('stale'), '');
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(processesIn(folder)).toEqual([]);
  const next = demo('--once');
  expect(await next.ended).toBe(0);
  expect(existsSync(inDemo('stale'))).toBe(false);
});

test('demo - a ship that breaks ends it with 1, and the log of the ship is shown', async () => {
  const run = demo('--once');
  const pid = await waitFor('ship1 to start', () => processesIn(inDemo('ship1'))[0], { withinMs: 40_000 });
  process.kill(pid, 'SIGKILL');
  expect(await run.ended).toBe(1);
  expect(run.err()).toContain('ship1/node.log');
  expect(run.err()).toMatch(/steward: the demo broke off: ship1 ended \(SIGKILL\)[^\n]*\n$/);
  expect(processesIn(folder)).toEqual([]);
});

test('demo - leaves nothing behind when it is itself killed with -9', async () => {
  const run = demo();
  await told(run, 'ship1 and ship3 are up');
  run.child.kill('SIGKILL');
  await run.ended;
  await nothingLeft();
});
