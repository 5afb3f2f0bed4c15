// Whoever can publish on the broker, but knows no more than what it sees there, stops no node, changes no message and runs nothing (P9).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { driverFor, openDriver } from '../../src/store/driver.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { HostileTraffic, type Attack } from '../support/hostile-traffic.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const payloads = 100_000;
/** After these the memory of a node is that of a node with much to do. */
const warmUp = 20_000;
/** What all the others may add to it. */
const mostGrowthMiB = 64;

let server: TestNatsServer;
let fleet: Fleet;
let attacker: NatsConnection;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
  // Without echo it hears the others only.
  attacker = await connect({ servers: server.url, noEcho: true });
});
afterEach(async () => {
  await attacker.close();
  await fleet.close();
});

type Row = Readonly<Record<string, unknown>>;

interface Rows {
  readonly outbox: readonly Row[];
  readonly inbox: readonly Row[];
  readonly incarnation: readonly Row[];
}

/**
 * Every message of a node, as it stands on disk: all but its place in the lane, which it gets when it leaves. The node's own word
 * to central, that frames were dropped, is none of them.
 */
function rowsOf(node: FleetNode): Rows {
  const database = openDriver(node.path('store', 'steward.db'), driverFor(process.versions.node));
  const all = (sql: string): readonly Row[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...(row as Row) }));
  try {
    return {
      outbox: all(
        `SELECT ord, id, receiver, lane, head, state, open, wish, queuedAt, deliveredAt, runningAt, endedAt, outcome, reason,
           replyState, replyAt, replyReason, answerOrd FROM outbox WHERE lane NOT LIKE '%errorLog%' ORDER BY ord`,
      ),
      inbox: all(
        `SELECT ord, sender, id, lane, head, state, mark, pid, acceptedAt, outcome FROM inbox
         WHERE lane NOT LIKE '%errorLog%' ORDER BY ord`,
      ),
      incarnation: all("SELECT value FROM meta WHERE key = 'incarnation'"),
    };
  } finally {
    database.close();
  }
}

function residentMiB(node: FleetNode): number {
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

function ran(node: FleetNode): readonly string[] {
  return existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8').split('\n').slice(0, -1) : [];
}

/** Runs until the test lets it end. */
function untilGo(to: string): ReturnType<typeof command> {
  return command(to, 'echo running >> ran; until [ -e go ]; do sleep 0.1; done', { methodTimeout: -1 });
}

async function stateOf(node: FleetNode, id: string | undefined): Promise<string> {
  return (await node.client.message(id ?? '')).state;
}

/** Hears all that travels to these nodes. Nobody may listen for an absent one: that would hide that it is away. */
async function tap(nodes: readonly FleetNode[]): Promise<HostileTraffic> {
  const names = nodes.map((node) => node.name);
  const traffic = new HostileTraffic(seededRandom(1), names);
  const subjects = names.flatMap((name) => [`steward.${name}.*.*.*`, `steward-ack.${name}.*`]);
  for (const subject of [...subjects, 'steward-hello.*']) {
    attacker.subscribe(subject, {
      callback: (error, message) => {
        if (error === null && message.data.length > 0)
          traffic.see({ subject: message.subject, bytes: Uint8Array.from(message.data) });
      },
    });
  }
  await attacker.flush();
  return traffic;
}

/** Answers how many payloads were made of valid frames. */
async function attack(traffic: HostileTraffic, count: number): Promise<number> {
  const invented: readonly Attack[] = ['random', 'nasty'];
  let ofValid = 0;
  for (let sent = 0; sent < count; sent += 1) {
    const payload = traffic.next();
    if (!invented.includes(payload.attack)) ofValid += 1;
    attacker.publish(payload.subject, payload.bytes);
    // So that the broker does not cut off who cannot keep up, and what the nodes say meanwhile is heard and used.
    if (sent % 250 === 0) await attacker.flush();
  }
  await attacker.flush();
  return ofValid;
}

/** A bit of everything, to its end. */
async function someTraffic(from: FleetNode, to: string): Promise<void> {
  await from.ask(command(to, 'echo answer'));
  await from.ask({ toNode: to, method: 'ping' });
  await from.ask({ toNode: to, method: 'fileAppend', data: 'x'.repeat(50_000), fileName: 'large' });
  await from.ask(command(to, "printf '%060000d' 7; echo settled >> ran"));
  await from.ask({ toNode: to, method: 'ping', ACKTimeout: 0 });
}

test(`hostile - ${payloads} payloads stop no node, change no message, run nothing, and memory stays bounded`, async () => {
  const [central, ship1, ship2] = await fleet.up('central', 'ship1', 'ship2');
  const nodes = [central, ship1, ship2];
  const traffic = await tap([central, ship1]);
  await someTraffic(central, 'ship1');
  await someTraffic(ship1, 'central');
  await someTraffic(central, 'ship2');

  // Messages in every state: running, accepted behind one that runs, under way to a node that is frozen, queued for an absent one.
  const ofCentral = await central.submit(untilGo('ship1'), command('ship1', 'echo behind >> ran'));
  const ofShip = await ship1.submit(untilGo('central'), command('central', 'echo behind >> ran'));
  await waitFor('word of what runs', async () => {
    const both = [await stateOf(central, ofCentral[0]), await stateOf(ship1, ofShip[0])];
    return both.every((state) => state === 'running');
  });
  process.kill(ship2.pid, 'SIGSTOP');
  const waiting = await central.submit(
    command('ship2', 'echo under way >> ran'),
    command('away', 'echo queued >> ran'),
    { toNode: 'away', method: 'ping', ACKTimeout: 0 },
  );
  await waitFor('central to know who is away', async () => {
    const known = await central.client.nodes();
    return known.some(({ name, presence }) => name === 'away' && presence === 'offline');
  });
  const pids = nodes.map((node) => node.pid);
  const ranBefore = nodes.map(ran);
  const before = nodes.map(rowsOf);
  const states = new Set(before.flatMap(({ outbox }) => outbox.map((row) => String(row['state']))));
  expect([...states].sort()).toEqual(['delivered', 'queued', 'running', 'succeeded']);

  const ofValid = await attack(traffic, warmUp);
  const memory = nodes.map(residentMiB);
  expect(ofValid + (await attack(traffic, payloads - warmUp))).toBeGreaterThan(payloads / 2);

  // When each has answered the other once more, all of it has been handled.
  const [[ping], [pong]] = [
    await central.submit({ toNode: 'ship1', method: 'ping' }),
    await ship1.submit({ toNode: 'central', method: 'ping' }),
  ];
  expect((await central.settled(ping, 120_000)).state).toBe('succeeded');
  expect((await ship1.settled(pong, 120_000)).state).toBe('succeeded');
  expect(nodes.map((node) => node.running && node.pid)).toEqual(pids);
  expect(nodes.map(ran)).toEqual(ranBefore);
  for (const [index, node] of nodes.entries()) {
    const then = before[index] ?? { outbox: [], inbox: [], incarnation: [] };
    // One ping and its answer each way, and nothing else. The answer leaves the outbox when the other one has confirmed it.
    const more = node === ship2 ? { outbox: 0, inbox: 0 } : { outbox: 1, inbox: 2 };
    await waitFor(
      `${node.name} to be told of its last answer`,
      () => rowsOf(node).outbox.length <= then.outbox.length + more.outbox,
    );
    const now = rowsOf(node);
    expect(now.incarnation).toEqual(then.incarnation);
    expect(now.outbox.slice(0, then.outbox.length), `outbox of ${node.name}`).toEqual(then.outbox);
    expect(now.outbox.length, `outbox of ${node.name}`).toBe(then.outbox.length + more.outbox);
    expect(now.inbox.slice(0, then.inbox.length), `inbox of ${node.name}`).toEqual(then.inbox);
    expect(now.inbox.length, `inbox of ${node.name}`).toBe(then.inbox.length + more.inbox);
    expect(node.log().filter(({ level }) => level === 'error')).toEqual([]);
  }
  const grown = nodes.map((node, index) => Math.round(residentMiB(node) - (memory[index] ?? 0)));
  expect(Math.max(...grown), `grown by ${grown.join(', ')} MiB`).toBeLessThan(mostGrowthMiB);

  process.kill(ship2.pid, 'SIGCONT');
  for (const node of nodes) writeFileSync(node.path('go'), '');
  const away = fleet.add('away');
  await away.startLinked();
  for (const id of [...ofCentral, ...waiting]) {
    expect((await central.settled(id, 120_000)).state).toBe('succeeded');
  }
  for (const id of ofShip) expect((await ship1.settled(id, 120_000)).state).toBe('succeeded');
  expect([...nodes, away].map(ran)).toEqual([
    ['settled', 'running', 'behind'],
    ['settled', 'running', 'behind'],
    ['settled', 'under way'],
    ['queued'],
  ]);
}, 300_000);
