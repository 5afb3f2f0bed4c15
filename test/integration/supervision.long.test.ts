// Processes of real nodes that crash: begun anew, stopped past their intensity, shown on central, and started again from there.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProcessRows } from '../../src/contract/process-rows.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { makeVersion, type MadeUpVersion } from '../support/made-up-version.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { startSteward } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

/** A node that crashes the process whose name the file `poison` in its folder holds, whenever it is about to write; or `poison-once`, once. */
const poisoned = {
  file: 'src/flow/scopes.ts',
  old: 'if (this.current !== undefined) this.parts.faultPoint?.({ process: this.current.child.spec.id, point });',
  new: `const fs = globalThis.process.getBuiltinModule('node:fs');
    for (const file of ['poison', 'poison-once']) {
      if (point !== 'commit' || this.current === undefined || !fs.existsSync(file)) continue;
      if (fs.readFileSync(file, 'utf8') !== this.current.child.spec.id) continue;
      if (file === 'poison-once') fs.rmSync(file);
      throw new Error('poison');
    }`,
};

let server: TestNatsServer;
let faulty: MadeUpVersion;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
  faulty = makeVersion([poisoned]);
});
afterAll(async () => {
  faulty.remove();
  await server.close();
});
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

async function pair(): Promise<{ central: FleetNode; ship1: FleetNode }> {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
  ship1.runner = { program: faulty.program };
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  return { central, ship1 };
}

const say = (text: string): ReturnType<typeof command> =>
  command('ship1', `echo ${text} >> ran`, { fileName: 'answers' });
const ran = (node: FleetNode): string => (existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8') : '');

async function steward(
  at: FleetNode,
  ...args: readonly string[]
): Promise<{ out: string; err: string; status: unknown }> {
  const run = startSteward(args, { cwd: at.folder });
  const status = await run.ended;
  return { out: run.out(), err: run.err(), status };
}

async function processes(at: FleetNode, node: string): Promise<ProcessRows> {
  const { out } = await steward(at, 'ps', node, '--json');
  return JSON.parse(out) as ProcessRows;
}

test('supervision - a process past its intensity is shown on central and started again from there; nothing is lost, and others go on', async () => {
  const { central, ship1 } = await pair();
  writeFileSync(ship1.path('poison'), 'subscriber central cliCommand');
  const ids = await central.submit(say('1'), say('2'), say('3'));
  await waitFor('the process to be stopped', () => ship1.says('subscriber central cliCommand is stopped'), {
    withinMs: 40_000,
  });
  expect((await central.ask({ toNode: 'ship1', method: 'ping', replyMethod: 'none' })).state).toBe('succeeded');
  expect(await processes(central, 'ship1')).toMatchObject([
    { process: 'subscriber central cliCommand', state: 'stopped', restarts: 5, lastError: { text: 'poison' } },
  ]);
  const errors = async (): Promise<string> =>
    (await steward(central, 'errors', '--node', 'ship1', '--code', 'process-stopped')).out;
  await waitFor('the error to be told', async () =>
    (await errors()).includes('subscriber central cliCommand is stopped'),
  );
  rmSync(ship1.path('poison'));
  expect(ran(ship1)).toBe('');
  const started = await steward(central, 'ps', 'ship1', '--start', 'subscriber central cliCommand');
  expect(started).toEqual({ out: 'ship1: subscriber central cliCommand is started\n', err: '', status: 0 });
  for (const id of ids) expect((await central.settled(id, 40_000)).state).toBe('succeeded');
  expect(ran(ship1)).toBe('1\n2\n3\n');
  expect(await processes(central, 'ship1')).toMatchObject([{ state: 'idle', restarts: 5 }]);
}, 120_000);

test('supervision - one crash of a run or a publisher is begun anew, and told', async () => {
  const { central, ship1 } = await pair();
  expect((await central.ask(say('1'))).state).toBe('succeeded');
  writeFileSync(ship1.path('poison-once'), 'publisher central fileAppend<cliCommand');
  const [id] = await central.submit(say('2'));
  await waitFor('a crash', () => ship1.says('publisher central fileAppend<cliCommand crashed'), { withinMs: 20_000 });
  expect((await central.settled(id, 40_000)).state).toBe('succeeded');
  expect(ran(ship1)).toBe('1\n2\n');
}, 90_000);

test('ps - lists what runs here and there, stops a method, refuses what is not there, and says what is wrong with a wish', async () => {
  const { central, ship1 } = await pair();
  const [id] = await central.submit(command('ship1', 'sleep 300'));
  await waitFor('the command to run', async () => (await central.client.counts()).counts.running === 1);
  const text = (await steward(central, 'ps', 'ship1')).out;
  expect(text).toContain(`run central/${id ?? ''}`);
  expect(text).toMatch(/^PROCESS +STATE +RESTARTS +MAILBOX +AGE +WAITS FOR +LAST ERROR$/m);
  expect((await steward(ship1, 'ps')).out).toContain(`run central/${id ?? ''}`);
  expect(await steward(central, 'ps', 'ship1', '--stop', 'subscriber cliCommand')).toMatchObject({ status: 0 });
  const [waits] = await central.submit({ ...say('later'), unordered: true });
  expect(await steward(central, 'ps', 'ship1', '--stop', 'subscriber nobody cliCommand')).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /^steward: ship1: there is no process "subscriber nobody cliCommand" on ship1/,
    ) as string,
  });
  expect(await steward(central, 'ps', '--start', 'cliCommand')).toMatchObject({
    status: 2,
    err: expect.stringMatching(/names no process/) as string,
  });
  expect((await central.client.message(waits ?? '')).state).toBe('queued');
  const file = [
    {
      toNode: 'ship1',
      method: 'REQOpCommand',
      operation: { opCmd: 'startProc', opArg: { method: 'REQCliCommand' } },
      replyMethod: 'none',
    },
  ];
  expect((await central.ask(file[0] ?? {})).state).toBe('succeeded');
  expect((await central.settled(waits, 40_000)).state).toBe('succeeded');
}, 90_000);
