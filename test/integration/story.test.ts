// The main job over a real nats-server: a command reaches its node, runs once, and its answer comes back.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const example = `[{"directory":"/var/cli/command_result/","fileName":"some-file-name.result","toNode":"ship1","methodArgs":["bash","-c","sleep 5 & ls ./"],"method":"REQCliCommand","replyMethod":"REQToFileAppend","ACKTimeout":5,"retries":3,"replyACKTimeout":5,"replyRetries":3,"methodTimeout":10}]`;
const answerFile = ['var', 'cli', 'command_result', 'ship1', 'some-file-name.result'] as const;

let server: TestNatsServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

test("story - the issue's example leaves standard output, byte for byte, in a file on central", async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect(statSync(central.path('tmp', 'steward.sock')).mode & 0o777).toBe(0o600);
  const answer = await central.pipe(example);
  expect(answer).toMatch(/^\{"ids":\["[0-9A-Za-z]{20}"\]\}\n$/);
  const [id] = (JSON.parse(answer) as { ids: string[] }).ids;
  const view = await central.settled(id);
  expect(view).toMatchObject({ state: 'succeeded', outcome: { exitCode: 0, stderrBytes: 0 } });
  expect(view.outcome?.durationMs).toBeLessThan(4000);
  const listed = execFileSync('ls', ['./'], { cwd: ship1.folder });
  expect(central.data(...answerFile)).toEqual(listed);
  expect(existsSync(`${central.path('data', ...answerFile)}.error`)).toBe(false);
});

test('story - standard error lies beside it, and an exit code other than 0 is failed', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const script = String.raw`printf 'a\0\377\r\n'; printf 'b\n\376' >&2; exit 3`;
  const view = await central.ask(
    command('ship1', script, { directory: '/var/cli/command_result/', fileName: 'some-file-name.result' }),
  );
  expect(view).toMatchObject({ state: 'failed', outcome: { exitCode: 3, stdoutBytes: 5, stderrBytes: 3 } });
  expect(central.data(...answerFile)).toEqual(Buffer.from('a\0\xff\r\n', 'latin1'));
  expect(central.data(...answerFile.slice(0, -1), 'some-file-name.result.error')).toEqual(
    Buffer.from('b\n\xfe', 'latin1'),
  );
});

test.for(['nc -U tmp/steward.sock', 'nc -U -N tmp/steward.sock', 'socat - UNIX-CONNECT:tmp/steward.sock'])(
  'story - a message file goes in by %s',
  async (line, { skip }) => {
    const program = line.split(' ')[0] ?? '';
    if (!isInstalled(program)) skip(`${program} is not installed`);
    const [central] = await fleet.up('central', 'ship1');
    writeFileSync(central.path('message.json'), example);
    const { out, status } = await runInShell(central, `${line} < message.json`);
    expect(status).toBe(0);
    const [id] = (JSON.parse(out) as { ids: string[] }).ids;
    expect((await central.settled(id)).state).toBe('succeeded');
  },
);

test('story - what waits survives its sender, and runs once, in order, the moment its receiver connects', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1');
  await central.startLinked();
  const ids = await central.submit(
    ...[1, 2, 3].map((number) => command('ship1', `echo "${number} $EPOCHREALTIME" >> ran`)),
  );
  await central.kill();
  await central.startLinked();
  // Its question has to come back from the broker first.
  await waitFor('word that the node is away', async () => {
    const { state, waiting } = await central.client.message(ids[2] ?? '');
    return state === 'queued' && waiting === 'node offline';
  });
  await ship1.startLinked();
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  const ran = readFileSync(ship1.path('ran'), 'utf8').trim().split('\n');
  expect(ran.map((line) => line.split(' ')[0])).toEqual(['1', '2', '3']);
  const startedAt = Number(ran[0]?.split(' ')[1]) * 1000;
  const waitedMs = startedAt - Date.parse((await ship1.linked()).time);
  console.log(`receiver's link up to start of the first command: ${waitedMs.toFixed(1)} ms`);
  expect(waitedMs).toBeGreaterThan(-50);
  expect(waitedMs).toBeLessThan(2000);
});

test('story - a receiver that comes and goes gets each message once', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(command('ship1', 'echo first >> ran'))).state).toBe('succeeded');
  await ship1.stop();
  const [id] = await central.submit(command('ship1', 'echo second >> ran'));
  await waitFor('central to know', async () => (await central.client.message(id ?? '')).waiting === 'node offline');
  await ship1.start();
  expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('first\nsecond\n');
});

test('story - the same over the built-in broker', async () => {
  const broker = fleet.addBroker();
  const port = await broker.start();
  const central = fleet.add('central', '--broker-address', `nats://127.0.0.1:${port}`);
  const ship1 = fleet.add('ship1', '--broker-address', `nats://127.0.0.1:${port}`);
  await central.startLinked();
  const [id] = await central.submit(command('ship1', 'echo it ran', { directory: 'out', fileName: 'ran' }));
  await central.kill();
  await central.startLinked();
  await ship1.start();
  expect((await central.settled(id)).state).toBe('succeeded');
  expect(central.data('out', 'ship1', 'ran').toString()).toBe('it ran\n');
  await broker.kill();
  const [next] = await central.submit(command('ship1', 'echo again', { directory: 'out', fileName: 'ran' }));
  await broker.start();
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(central.data('out', 'ship1', 'ran').toString()).toBe('it ran\nagain\n');
});

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    // The shell has not found it.
    return false;
  }
}

function runInShell(node: FleetNode, line: string): Promise<{ out: string; status: number | null }> {
  const child = spawn('sh', ['-c', line], { cwd: node.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve) => void child.once('close', (status) => resolve({ out, status })));
}
