// What the originals lost, doubled or mixed up on its way (docs/compatibility.md).
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BrokerTap } from '../support/broker-tap.ts';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { range } from '../support/numbered-messages.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;
let tap: BrokerTap | undefined;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(async () => {
  await fleet.close();
  await tap?.close();
  tap = undefined;
});

function ran(node: FleetNode): readonly string[] {
  return existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8').split('\n').slice(0, -1) : [];
}

async function stateOf(node: FleetNode, id: string | undefined): Promise<string> {
  return (await node.client.message(id ?? '')).state;
}

/** Until it is woken it does nothing, and its connection to the broker stays. */
async function freeze(node: FleetNode): Promise<void> {
  process.kill(node.pid, 'SIGSTOP');
  await waitFor(`${node.name} to stand still`, () => isFrozen(node));
}

function isFrozen(node: FleetNode): boolean {
  return readFileSync(`/proc/${node.pid}/stat`, 'latin1').includes(') T ');
}

test('original - of 200 messages to a node that is down none is lost, and they run in order', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  // Central has no reason to doubt that it is there.
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
  await ship1.kill();
  const ids: string[] = [];
  for (const number of range(1, 200)) ids.push(...(await central.submit(command('ship1', `echo ${number} >> ran`))));
  expect(ship1.running).toBe(false);
  expect((await central.client.counts()).counts.queued).toBe(200);
  await ship1.start();
  for (const id of ids) expect((await central.settled(id, 30_000)).state).toBe('succeeded');
  expect(ran(ship1)).toEqual(range(1, 200).map(String));
});

test('original - four copies of a command that lie with a frozen receiver run it once', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
  const here = (tap = await BrokerTap.open(server.url, ship1));
  await freeze(ship1);
  const [id] = await central.submit(command('ship1', 'echo once >> ran'));
  const sent = await waitFor('it to leave', () => here.copiesOf(id)[0]);
  // As the original did after each ACK timeout.
  for (let retry = 0; retry < 3; retry += 1) await here.publish(sent.subject, sent.bytes, sent.reply);
  await waitFor('the broker to have passed on four of them', () => here.copiesOf(id).length >= 4);
  expect([isFrozen(ship1), await stateOf(central, id), ran(ship1)]).toEqual([true, 'queued', []]);
  process.kill(ship1.pid, 'SIGCONT');
  expect((await central.settled(id)).state).toBe('succeeded');
  // What comes behind the copies shows that they have been read.
  expect((await central.ask(command('ship1', 'echo behind >> ran'))).state).toBe('succeeded');
  expect(ran(ship1)).toEqual(['once', 'behind']);
});

test('original - the ACK of one node releases nothing that waits for another', async () => {
  const [central, ship1, ship2] = await fleet.up('central', 'ship1', 'ship2');
  const ship3 = fleet.add('ship3');
  expect((await central.ask(command('ship2', 'true'))).state).toBe('succeeded');
  const here = (tap = await BrokerTap.open(server.url, ship2));
  await freeze(ship2);
  const [toFrozen, toAbsent] = await central.submit(
    command('ship2', 'echo frozen >> ran'),
    command('ship3', 'echo absent >> ran'),
  );
  await waitFor('the first to wait for its ACK', () => here.copiesOf(toFrozen).length > 0);
  await waitFor('the second to wait for its node', async () => {
    return (await central.client.message(toAbsent ?? '')).waiting === 'node offline';
  });
  expect((await central.ask(command('ship1', 'echo live >> ran'))).state).toBe('succeeded');
  expect([await stateOf(central, toFrozen), await stateOf(central, toAbsent)]).toEqual(['queued', 'queued']);
  // What lay with it is gone: only a sender that still holds the message can send it.
  await ship2.kill();
  expect(ran(ship2)).toEqual([]);
  await Promise.all([ship2.start(), ship3.start()]);
  for (const id of [toFrozen, toAbsent]) expect((await central.settled(id)).state).toBe('succeeded');
  expect([ship1, ship2, ship3].map(ran)).toEqual([['live'], ['frozen'], ['absent']]);
});

test('original - what the receiver rejects is not called delivered, and never runs', async () => {
  const [central, ship1, ship2] = await fleet.up('central', 'ship1', 'ship2');
  const takeFrom = async (senders: string): Promise<void> => {
    const methodArgs = ['subscriber', 'cliCommand', 'from', senders];
    expect((await central.ask({ toNode: 'ship1', method: 'opProcessStart', methodArgs })).state).toBe('succeeded');
  };
  await takeFrom('ship2');
  expect(await central.ask(command('ship1', 'echo rejected >> ran'))).toMatchObject({
    state: 'rejected',
    reason: 'this node takes no cliCommand from central',
  });
  expect((await ship2.ask(command('ship1', 'echo of ship2 >> ran'))).state).toBe('succeeded');
  await takeFrom('*');
  expect((await central.ask(command('ship1', 'echo of central >> ran'))).state).toBe('succeeded');
  expect(ran(ship1)).toEqual(['of ship2', 'of central']);
});

test('original - three messages each to a dead and to a frozen node do not hold up a live one', async () => {
  const [central, live, frozen] = await fleet.up('central', 'live', 'frozen');
  expect((await central.ask(command('frozen', 'true'))).state).toBe('succeeded');
  await freeze(frozen);
  // As in the example of the original.
  const criteria = { ACKTimeout: 5, retries: 3 };
  const toThree = (node: string): readonly MessageFields[] =>
    range(1, 3).map(() => command(node, 'echo late >> ran', criteria));
  const ids = await central.submit(
    ...toThree('dead'),
    ...toThree('frozen'),
    command('live', 'echo live >> ran', criteria),
  );
  const view = await central.settled(ids.at(-1));
  expect(view.state).toBe('succeeded');
  // It waited for no end of theirs, nor for the ACK timeout of one.
  const states = await Promise.all(ids.slice(0, -1).map((id) => stateOf(central, id)));
  expect([isFrozen(frozen), ...states]).toEqual([true, ...range(1, 6).map(() => 'queued')]);
  expect((view.endedAt ?? Infinity) - view.queuedAt).toBeLessThan(5000);
  expect([live, frozen].map(ran)).toEqual([['live'], []]);
});

test('original - 300 lines of a command, and those of 300 messages to one file, arrive in order', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const lines = range(1, 300).map((number) => `line ${number}\n`);
  const script = 'for number in {1..300}; do echo "line $number"; done';
  const view = await central.ask(command('ship1', script, { directory: 'd', fileName: 'command' }));
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(central.data('d', 'ship1', 'command').toString()).toBe(lines.join(''));
  const ids: string[] = [];
  // Each in a file of its own, while those before it are on their way.
  for (const data of lines)
    ids.push(
      ...(await central.submit({ toNode: 'ship1', method: 'fileAppend', data, directory: 'd', fileName: 'messages' })),
    );
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect(ship1.data('d', 'central', 'messages').toString()).toBe(lines.join(''));
});

test('original - a line of a megabyte does not end the output', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const script = "echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo last";
  const view = await central.ask(command('ship1', script, { directory: 'd', fileName: 'f' }));
  expect(view).toMatchObject({ state: 'succeeded', outcome: { exitCode: 0 }, reply: { state: 'handled' } });
  // Not by `toBe`, which would show a megabyte where it fails.
  const expected = Buffer.from(`first\n${'x'.repeat(1_000_000)}\nlast\n`);
  expect(central.data('d', 'ship1', 'f').equals(expected)).toBe(true);
});
