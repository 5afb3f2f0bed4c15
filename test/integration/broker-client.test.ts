// The official client against both brokers: it must not be able to tell them apart.
import {
  connect,
  headers,
  RequestError,
  type Msg,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { brokersOfFile, type RestartableBroker } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

const { pair } = brokersOfFile();

interface Bench {
  readonly broker: RestartableBroker;
  readonly open: (options?: NodeConnectionOptions) => Promise<NatsConnection>;
}

/** Runs the case on both brokers; every connection is closed, whatever happens. */
function same(title: string, run: (bench: Bench) => Promise<unknown>, expected: unknown): void {
  test(`broker - ${title}`, async () => {
    for (const broker of [pair().natsServer, pair().builtIn]) {
      const connections: NatsConnection[] = [];
      const open = async (options: NodeConnectionOptions = {}): Promise<NatsConnection> => {
        const connection = await connect({ port: broker.port, ...options });
        connections.push(connection);
        return connection;
      };
      try {
        expect({ [broker.kind]: await run({ broker, open }) }).toEqual({ [broker.kind]: expected });
      } finally {
        for (const connection of connections) await connection.close();
      }
    }
  });
}

function collect(connection: NatsConnection, subject: string, queue?: string): string[] {
  const received: string[] = [];
  const callback = (error: Error | null, message: Msg): void => {
    received.push(error === null ? message.string() : error.message);
  };
  connection.subscribe(subject, queue === undefined ? { callback } : { callback, queue });
  return received;
}

same(
  'carries a request and its reply between two clients',
  async ({ open }) => {
    const [asking, answering] = [await open(), await open()];
    answering.subscribe('service.*', {
      callback: (_, message) => void message.respond(`${message.subject} ${message.string()}`),
    });
    await answering.flush();
    return (await asking.request('service.up', 'hello', { timeout: 5_000 })).string();
  },
  'service.up hello',
);

same(
  'carries headers there and back',
  async ({ open }) => {
    const [asking, answering] = [await open(), await open()];
    answering.subscribe('service', {
      callback: (_, message) => {
        const reply = headers();
        for (const value of message.headers?.values('Colour') ?? []) reply.append('Seen', value);
        message.respond('', { headers: reply });
      },
    });
    await answering.flush();
    const given = headers();
    given.append('Colour', 'red');
    given.append('Colour', 'grün');
    const reply = await asking.request('service', '', { timeout: 5_000, headers: given });
    return reply.headers?.values('Seen');
  },
  ['red', 'grün'],
);

same(
  'says at once that nobody is there, by both ways of asking',
  async ({ open }) => {
    const client = await open();
    const failures: unknown[] = [];
    for (const noMux of [false, true]) {
      const options = noMux ? { noMux, reply: 'my.reply', timeout: 5_000 } : { timeout: 5_000 };
      const failure: unknown = await client.request('nobody', 'x', options).catch((error: unknown) => error);
      failures.push(failure instanceof RequestError && failure.isNoResponders() ? 'nobody is there' : failure);
    }
    return failures;
  },
  ['nobody is there', 'nobody is there'],
);

same(
  'brings "no responders" to a subscription on the reply subject',
  async ({ open }) => {
    const client = await open();
    const seen: unknown[] = [];
    client.subscribe('acks.*', {
      callback: (_, message) => {
        seen.push([message.subject, message.headers?.code, message.data.length]);
      },
    });
    client.publish('to.nobody', 'x', { reply: 'acks.7' });
    await client.flush();
    return seen;
  },
  [['acks.7', 503, 0]],
);

same(
  'ends a subscription after the number of messages that it was made for',
  async ({ open }) => {
    const client = await open();
    const received: string[] = [];
    const subscription = client.subscribe('few', { max: 3 });
    for (const text of ['1', '2', '3', '4']) client.publish('few', text);
    for await (const message of subscription) received.push(message.string());
    return received;
  },
  ['1', '2', '3'],
);

same(
  'delivers each message to one of a queue group when clients drain and go',
  async ({ open }) => {
    const [sender, first, second] = [await open(), await open(), await open()];
    const received = [collect(first, 'work', 'workers'), collect(second, 'work', 'workers')];
    await Promise.all([first.flush(), second.flush()]);
    for (let index = 0; index < 100; index += 1) sender.publish('work', `${index}`);
    await sender.flush();
    await first.drain();
    for (let index = 100; index < 200; index += 1) sender.publish('work', `${index}`);
    await sender.flush();
    await second.flush();
    return received
      .flat()
      .map(Number)
      .sort((a, b) => a - b);
  },
  Array.from({ length: 200 }, (_, index) => index),
);

/** How many requests were answered, found nobody, or failed in another way. */
async function outcomes(requests: readonly Promise<Msg>[]): Promise<Record<string, number>> {
  const counts = { answered: 0, nobody: 0, failed: 0 };
  for (const settled of await Promise.allSettled(requests)) {
    if (settled.status === 'fulfilled') counts.answered += 1;
    else if (settled.reason instanceof RequestError && settled.reason.isNoResponders()) counts.nobody += 1;
    else counts.failed += 1;
  }
  return counts;
}

function answer(connection: NatsConnection): void {
  connection.subscribe('work', { queue: 'workers', callback: (_, message) => void message.respond(message.data) });
}

same(
  'answers every request while one of two responders drains its connection',
  async ({ open }) => {
    const [asking, draining, staying] = [await open(), await open(), await open()];
    for (const responder of [draining, staying]) answer(responder);
    await Promise.all([draining.flush(), staying.flush()]);
    const ask = (): Promise<Msg> => asking.request('work', 'x', { timeout: 10_000 });
    const requests = Array.from({ length: 250 }, ask);
    const drained = draining.drain();
    requests.push(...Array.from({ length: 250 }, ask));
    await drained;
    requests.push(...Array.from({ length: 100 }, ask));
    return { ...(await outcomes(requests)), closed: draining.isClosed() };
  },
  { answered: 600, nobody: 0, failed: 0, closed: true },
);

same(
  'answers every request, or says that nobody is there, while the only responder drains its connection',
  async ({ open }) => {
    const [asking, draining] = [await open(), await open()];
    answer(draining);
    await draining.flush();
    const ask = (): Promise<Msg> => asking.request('work', 'x', { timeout: 10_000 });
    const requests = Array.from({ length: 100 }, ask);
    await asking.flush();
    const drained = draining.drain();
    requests.push(...Array.from({ length: 100 }, ask));
    await drained;
    const late = await outcomes(Array.from({ length: 100 }, ask));
    const { answered = 0, nobody = 0, failed } = await outcomes(requests);
    return { first: answered >= 100, all: answered + nobody, failed, late };
  },
  { first: true, all: 200, failed: 0, late: { answered: 0, nobody: 100, failed: 0 } },
);

same(
  'lets a client publish while its subscription drains',
  async ({ open }) => {
    const [draining, other] = [await open(), await open()];
    const received = collect(other, 'answers');
    await other.flush();
    const subscription = draining.subscribe('questions', {
      callback: (_, message) => draining.publish('answers', message.data),
    });
    for (let index = 0; index < 100; index += 1) draining.publish('questions', `${index}`);
    await subscription.drain();
    draining.publish('questions', 'too late');
    draining.publish('answers', 'last');
    await draining.flush();
    await other.flush();
    return { count: received.length, last: received.at(-1), late: received.includes('too late') };
  },
  { count: 101, last: 'last', late: false },
);

same(
  'carries the largest payload, and the client refuses a larger one',
  async ({ open }) => {
    const client = await open();
    const received: number[] = [];
    client.subscribe('large', {
      callback: (_, message) => {
        received.push(message.data.length);
      },
    });
    client.publish('large', new Uint8Array(1_048_576));
    await client.flush();
    let refused = '';
    try {
      client.publish('large', new Uint8Array(1_048_577));
    } catch (error) {
      refused = error instanceof Error ? error.name : '';
    }
    return { limit: client.info?.max_payload, received, refused };
  },
  { limit: 1_048_576, received: [1_048_576], refused: 'InvalidArgumentError' },
);

same(
  'answers the client’s pings',
  async ({ open }) => {
    const client = await open();
    return (await client.rtt()) >= 0;
  },
  true,
);

same(
  'keeps order over ten thousand messages from one client to another',
  async ({ open }) => {
    const [sender, receiver] = [await open(), await open()];
    const received = collect(receiver, 'numbers.>');
    await receiver.flush();
    for (let index = 0; index < 10_000; index += 1) sender.publish(`numbers.${index % 7}`, `${index}`);
    await sender.flush();
    await waitFor('all messages', () => received.length === 10_000, { seen: () => received.length });
    return received.every((text, index) => text === `${index}`);
  },
  true,
);

same(
  'lets clients come back with their subscriptions when it was away',
  async ({ broker, open }) => {
    const options = { reconnectTimeWait: 20, maxReconnectAttempts: -1 };
    const [sender, receiver] = [await open(options), await open(options)];
    const received = collect(receiver, 'news');
    await receiver.flush();
    sender.publish('news', 'before');
    await sender.flush();
    await receiver.flush();
    const back = Promise.all([sender, receiver].map(nextReconnect));
    await broker.stop();
    await broker.start();
    await back;
    await receiver.flush();
    sender.publish('news', 'after');
    await sender.flush();
    await waitFor('the news', () => received.includes('after'), { seen: () => received });
    return received;
  },
  ['before', 'after'],
);

async function nextReconnect(client: NatsConnection): Promise<void> {
  for await (const status of client.status()) {
    if (status.type === 'reconnect') return;
  }
  throw new Error('the client closed');
}
