import { duplexPair, type Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Timers } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { Connection } from '../../../src/broker/connection.ts';
import { defaultLimits, type BrokerLimits } from '../../../src/broker/limits.ts';
import { Router } from '../../../src/broker/router.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Timers that go off when the test says so. */
function manualTimers(): { readonly timers: Timers; fire(): void; count(): number } {
  const set = new Set<() => void>();
  return {
    timers: {
      after: (_, callback) => {
        set.add(callback);
        return () => set.delete(callback);
      },
    },
    fire: () => {
      const due = [...set];
      set.clear();
      for (const callback of due) callback();
    },
    count: () => set.size,
  };
}

interface Bench {
  readonly connection: Connection;
  readonly client: Duplex;
  readonly stream: Duplex;
  readonly clock: ReturnType<typeof manualTimers>;
  readonly received: () => string;
  readonly closed: () => number;
}

function setUp(limits: Partial<BrokerLimits> = {}): Bench {
  const [client, stream] = duplexPair();
  const clock = manualTimers();
  let [received, closed] = ['', 0];
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const connection = new Connection({
    id: 1,
    stream,
    router: new Router(seededRandom(1)),
    limits: { ...defaultLimits, ...limits },
    timers: clock.timers,
    log: quietLog,
    closed: () => (closed += 1),
  });
  return { connection, client, stream, clock, received: () => received, closed: () => closed };
}

async function ask({ client, received }: Bench, lines: string): Promise<void> {
  const before = received().split('PONG').length;
  client.write(`${lines}PING\r\n`);
  await waitFor('PONG', () => received().split('PONG').length > before);
}

test('connection - invariant 3: asks a silent client twice, then cuts it', async () => {
  const bench = setUp();
  for (let tick = 0; tick < 4; tick += 1) bench.clock.fire();
  await waitFor('the last words', () => bench.received().includes('Stale'));
  expect(bench.received()).toBe("PING\r\nPING\r\n-ERR 'Stale Connection'\r\n");
});

test('connection - invariant 3: a client that says anything is not asked', async () => {
  const bench = setUp();
  for (let tick = 0; tick < 10; tick += 1) {
    await ask(bench, '');
    bench.clock.fire();
  }
  expect(bench.received()).not.toContain('PING');
  expect(bench.closed()).toBe(0);
});

test('connection - invariant 3: an answer starts the count anew', async () => {
  const bench = setUp();
  for (let round = 0; round < 5; round += 1) {
    bench.clock.fire();
    bench.clock.fire();
    await ask(bench, 'PONG\r\n');
  }
  expect(bench.closed()).toBe(0);
});

test('connection - invariant 1: a refused client that does not leave is cut when the time for it is over', async () => {
  const bench = setUp();
  bench.client.write('NONSENSE\r\n');
  await waitFor('the last words', () => bench.received().includes('-ERR'));
  bench.clock.fire();
  await waitFor('the end', () => bench.closed() === 1);
  expect(bench.clock.count()).toBe(0);
});

test('connection - invariant 2: a closed connection takes no messages and has no timer', async () => {
  const bench = setUp();
  await ask(bench, 'SUB a 1\r\n');
  bench.connection.destroy();
  bench.connection.destroy();
  const subscription = { subject: 'a', queue: '', sid: '1', receiver: bench.connection, delivered: 0, max: 0 };
  const frame = Buffer.from('x\r\n');
  expect(
    bench.connection.send(subscription, { type: 'publish', subject: 'a', reply: '', headerSize: 0, size: 1, frame }),
  ).toBe(false);
  expect(bench.closed()).toBe(1);
  expect(bench.clock.count()).toBe(0);
});

test('connection - invariant 2: a message that a slow reader is cut by was not taken', async () => {
  const bench = setUp({ maxPending: 10_000 });
  await ask(bench, 'SUB a 1\r\n');
  bench.client.pause();
  const subscription = { subject: 'a', queue: '', sid: '1', receiver: bench.connection, delivered: 0, max: 0 };
  const frame = Buffer.alloc(9_002, 'x\r\n');
  const send = (): boolean =>
    bench.connection.send(subscription, {
      type: 'publish',
      subject: 'a',
      reply: '',
      headerSize: 0,
      size: 9_000,
      frame,
    });
  expect([send(), send(), bench.closed()]).toEqual([true, false, 1]);
});

test('connection - invariant 2: a client that has closed its half is given nothing more, but what waits for it', async () => {
  const bench = setUp();
  await ask(bench, 'SUB a 1\r\n');
  const subscription = { subject: 'a', queue: '', sid: '1', receiver: bench.connection, delivered: 0, max: 0 };
  const message = { type: 'publish', subject: 'a', reply: '', headerSize: 0, size: 1 } as const;
  let taken: boolean | undefined;
  bench.stream.once('end', () => {
    taken = bench.connection.send(subscription, { ...message, frame: Buffer.from('y\r\n') });
  });
  bench.client.end('PUB a 1\r\nx\r\n');
  await waitFor('the end', () => bench.closed() === 1);
  expect(taken).toBe(false);
  expect(bench.received()).toContain('MSG a 1 1\r\nx\r\n');
  expect(bench.clock.count()).toBe(0);
});
