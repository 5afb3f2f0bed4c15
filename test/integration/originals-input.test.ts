// What ended a node of the originals, vanished on its way in, or reached what no message should (docs/compatibility.md).
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BrokerTap, type Forgery } from '../support/broker-tap.ts';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
import { rawFrame } from '../support/hostile-frames.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let ship1: FleetNode;
let tap: BrokerTap;
let pids: readonly number[];

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
  [central, ship1] = await fleet.up('central', 'ship1');
  pids = [central.pid, ship1.pid];
  tap = await BrokerTap.open(server.url, ship1);
});
afterEach(async () => {
  await fleet.close();
  await tap.close();
});

/** Both nodes are those that were started, and work. */
async function goOn(): Promise<void> {
  expect((await central.ask(command('ship1', 'echo next', { directory: 'd', fileName: 'next' }))).state).toBe(
    'succeeded',
  );
  expect(central.data('d', 'ship1', 'next').toString()).toBe('next\n');
  expect([central, ship1].map((node) => node.running && node.pid)).toEqual(pids);
}

interface Refusal {
  readonly code: string;
  readonly field?: string;
}

/** Pipes it in; answers what the node says against it, or the ids. */
async function submitText(text: string): Promise<{ readonly ids?: readonly string[]; readonly error?: Refusal }> {
  return JSON.parse(await central.pipe(text)) as { ids?: string[]; error?: Refusal };
}

async function refusal(message: MessageFields): Promise<Refusal | undefined> {
  return (await submitText(JSON.stringify([message]))).error;
}

const ran = (): string => (existsSync(ship1.path('ran')) ? readFileSync(ship1.path('ran'), 'utf8') : '');

/** Past all intakes: what ship1 hears as from central. The last one is in order, and shows that it heard the others. */
async function forge(...messages: readonly Forgery[]): Promise<void> {
  const [method, args] = ['cliCommand', ['bash', '-c', 'echo in order >> ran']];
  const inOrder: Forgery = { method, kind: 'CommandNACK', head: { a: args } };
  for (const message of [...messages, inOrder]) await tap.forge(central, message);
  await waitFor('the last one to run', () => ran() === 'in order\n', { seen: ran });
}

test('original - a payload that cannot be decoded ends no node', async () => {
  // No frame; and frames that are whole, with a head that is no JSON, or no batch.
  const heads = ['{"', '[]', randomBytes(100)];
  const payloads = [Buffer.alloc(0), randomBytes(1000), ...heads.map((head) => rawFrame({ type: 'batch', head }))];
  for (const to of [central, ship1]) {
    const from = to === central ? 'ship1' : 'central';
    const work = `steward.${to.name}.cliCommand.CommandACK.${from}`;
    for (const subject of [work, `steward-ack.${to.name}.${from}`, `steward-hello.${from}`])
      for (const payload of payloads) await tap.publish(subject, payload);
  }
  for (const node of [central, ship1])
    await waitFor(`${node.name} to have dropped one`, () => node.says('a frame was dropped'));
  await goOn();
});

test('original - a schedule of [0,5] ends no node', async () => {
  const error = await refusal(command('ship1', 'echo scheduled >> ran', { schedule: [0, 5] }));
  expect(error).toMatchObject({ code: 'invalid-message', field: 'schedule[0]' });
  await goOn();
  expect(ran()).toBe('');
});

test('original - a missing argument ends no node, neither at intake nor on the wire', async () => {
  for (const method of ['cliCommand', 'opProcessStart', 'opProcessStop', 'opCancel'])
    expect(await refusal({ toNode: 'ship1', method, methodArgs: [] })).toMatchObject({
      code: 'invalid-message',
      field: 'methodArgs',
    });
  await forge(
    { method: 'cliCommand', kind: 'CommandNACK', head: {} },
    ...['opProcessStart', 'opProcessStop', 'opCancel', 'opQueue'].map((method): Forgery => {
      return { method, lane: 'control', kind: 'CommandNACK', head: { m: method } };
    }),
  );
  await goOn();
});

test('original - an unknown method ends no node, neither at intake nor on the wire', async () => {
  expect(await refusal({ toNode: 'ship1', method: 'REQNoSuchMethod', methodArgs: ['x'] })).toMatchObject({
    code: 'invalid-message',
    field: 'method',
  });
  await forge(
    { method: 'noSuchMethod', kind: 'CommandNACK', head: { a: ['x'] } },
    { method: 'noSuchMethod', lane: 'control', kind: 'CommandNACK', head: { m: 'noSuchMethod' } },
  );
  await goOn();
});

test('original - input is taken in pieces of any size', async () => {
  const text = 'ä "quoted" }]{[ \\ 😀\n'.repeat(10);
  await submitInPieces({ data: text, fileName: 'small' }, 1);
  const large = randomBytes(150_000).toString('base64');
  // The payload of a TCP segment.
  await submitInPieces({ data: large, fileName: 'large' }, 1448);
  expect(ship1.data('d', 'central', 'small').toString()).toBe(text);
  expect(ship1.data('d', 'central', 'large').equals(Buffer.from(large))).toBe(true);
});

async function submitInPieces(fields: MessageFields, size: number): Promise<void> {
  const bytes = Buffer.from(JSON.stringify([{ toNode: 'ship1', method: 'fileAppend', directory: 'd', ...fields }]));
  const socket = connect(central.path('tmp', 'steward.sock'));
  let answer = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
  await once(socket, 'connect');
  let pieces = 0;
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    // When the node has answered another client, it has read this piece, and by itself.
    await central.client.info();
    pieces += 1;
  }
  expect(pieces).toBeGreaterThan(100);
  await waitFor('the answer', () => answer.endsWith('\n'));
  socket.destroy();
  const [id] = (JSON.parse(answer) as { readonly ids: readonly string[] }).ids;
  expect((await central.settled(id)).state).toBe('succeeded');
}

test('original - of a batch with one bad element nothing is taken, and the answer says where it is', async () => {
  const good = (word: string): string => JSON.stringify(command('ship1', `echo ${word} >> ran`));
  const batch = (bad: string): string => `[${good('first')},\n${bad},\n${good('last')}]`;
  const { ids, error } = await submitText(batch('{"toNode":"ship1","methdo":"ping"}'));
  expect(ids).toBeUndefined();
  expect(error).toMatchObject({ code: 'invalid-message', line: 2, column: 19, field: 'methdo' });
  const counts = Object.values((await central.client.counts()).counts);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(0);
  const mended = await submitText(batch('{"toNode":"ship1","method":"ping"}'));
  expect(mended.ids).toHaveLength(3);
  for (const id of mended.ids ?? []) expect((await central.settled(id)).state).toBe('succeeded');
  expect(ran()).toBe('first\nlast\n');
});

/** All files below a folder. */
function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('original - a directory of ../.. is refused at intake, and by a receiver that is told to write there', async () => {
  for (const place of [{ directory: '../..' }, { directory: 'd/../../..' }, { fileName: '../../escaped' }]) {
    const fields = { fileName: 'escaped', ...place };
    const field = Object.keys(place)[0];
    for (const message of [
      command('ship1', 'echo reply', fields),
      { toNode: 'ship1', method: 'file', data: 'x', ...fields },
    ])
      expect(await refusal(message)).toMatchObject({ code: 'invalid-message', field });
  }
  const write = (directory: string, fileName: string): Forgery => {
    return { method: 'file', kind: 'EventNACK', head: { d: directory, n: fileName }, body: 'forged' };
  };
  await forge(write('../..', 'escaped'), write('d', '../../../escaped'), write(fleet.folder, 'absolute'));
  await waitFor('the last of them to be written', () => ship1.data(fleet.folder, 'central', 'absolute').length > 0);
  const written = filesBelow(fleet.folder).filter((path) => /(escaped|absolute)$/.test(path));
  expect(written).toEqual([ship1.dataPath(fleet.folder, 'central', 'absolute')]);
});

test('original - a file of a remote node that a reply names does not come back', async () => {
  // A file that the sender's machine does not have, unlike any of the system's.
  const secret = randomBytes(20).toString('hex');
  writeFileSync(ship1.path('secret'), secret);
  const leaks = (): readonly string[] =>
    filesBelow(central.folder).filter((path) => readFileSync(path).includes(secret));
  const fields = { directory: 'd', fileName: 'answer' };
  for (const path of ['secret', ship1.path('secret')]) {
    const variable = `{{CTRL_FILE:${path}}}`;
    for (const reply of [
      { replyMethod: 'fileAppend', replyMethodArgs: [variable] },
      { replyMethod: 'console', replyMethodArgs: [variable] },
      { replyMethod: 'cliCommand', replyMethodArgs: ['bash', '-c', `echo '${variable}' >> leaked`] },
    ]) {
      const { ids, error } = await submitText(
        JSON.stringify([command('ship1', 'echo answer', { ...fields, ...reply })]),
      );
      // It may be refused, or be text like any other.
      if (ids === undefined) {
        expect(error?.code).toBe('invalid-message');
        expect(error?.field).toMatch(/^replyMethod/);
      } else {
        expect(await central.settled(ids[0])).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
        const output = await central.client.output(ids[0] ?? '', 'stdout');
        expect(Buffer.from(output).toString()).toBe('answer\n');
      }
    }
  }
  expect(leaks()).toEqual([]);
  expect(central.printed()).not.toContain(secret);
  // Where it does come back it is found.
  await central.ask(command('ship1', 'cat secret', fields));
  expect(leaks()).toContain(central.dataPath('d', 'ship1', 'answer'));
});
