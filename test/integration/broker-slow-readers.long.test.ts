// Clients that do not read what they are sent: nats-server shows it, and the built-in broker must do the same. The last
// case is different on purpose.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  memoryOf,
  runOn,
  sameOnProcesses,
  startBrokerProcesses,
  type BrokerProcesses,
} from '../support/broker-processes.ts';
import { range } from '../support/numbered-messages.ts';
import type { RawClient } from '../support/raw-client.ts';
import { noResponders } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

const mebibyte = 1024 * 1024;
/** More than the system itself holds for a connection whose reader does not read. */
const systemBuffers = 16 * mebibyte;
/** For the cases in which that is what ends a connection. */
const maxPending = 4 * mebibyte;
const size = 100_000;
const body = 'x'.repeat(size);
const messages = (bytes: number): number => Math.ceil(bytes / size);

/** One after another, so that `quick` never has more than one of them to read. Answers how many it got. */
async function sendTo(
  subject: string,
  count: number,
  { sender, quick }: Record<'sender' | 'quick', RawClient>,
): Promise<number> {
  let received = 0;
  for (let sent = 0; sent < count; sent += 1) {
    await sender.ask(`PUB ${subject} ${size}`, body);
    received += (await quick.ask()).filter((line) => line === body).length;
  }
  return received;
}

/** Of `asking`, which listens on r. */
async function isNobodyAt(subject: string, asking: RawClient): Promise<boolean> {
  return (await asking.ask(`PUB ${subject} r 0`, '')).length > 0;
}

/** All that a connection was sent until the broker cut it: whole messages, and the last words, if there were any. */
async function untilCut(slow: RawClient): Promise<{ readonly whole: number; readonly words: readonly string[] }> {
  slow.resume();
  const lines = await slow.ending();
  return {
    whole: lines.filter((line) => line === body).length,
    words: lines.filter((line) => line.startsWith('-ERR')),
  };
}

describe('a reader that does not read by the deadline', () => {
  let pair: BrokerProcesses;

  beforeAll(async () => {
    pair = await startBrokerProcesses({ writeDeadlineMs: 1_000 });
  });

  afterAll(() => pair.close());

  sameOnProcesses(
    () => pair,
    'is cut, without a word, and everyone else gets every message',
    async ({ open }) => {
      const [slow, quick, sender] = [await open('SUB a 1', 'SUB own 2'), await open('SUB a 1'), await open('SUB r 9')];
      slow.pause();
      const count = messages(systemBuffers);
      const received = await sendTo('a', count, { sender, quick });
      // Before it reads again: it was not the end of its reading that ended it.
      await waitFor('the cut', () => isNobodyAt('own', sender), { withinMs: 5_000 });
      const { whole, words } = await untilCut(slow);
      const back = await open('SUB a 1');
      await sender.ask('PUB a 5', 'again');
      return { received, lost: whole < count, words, back: await back.ask(), quick: await quick.ask() };
    },
    {
      received: messages(systemBuffers),
      lost: true,
      words: [],
      back: ['MSG a 1 5', 'again'],
      quick: ['MSG a 1 5', 'again'],
    },
  );

  sameOnProcesses(
    () => pair,
    'of a group leaves the rest to the others when it is cut',
    async ({ open }) => {
      const [slow, quick, sender] = [
        await open('SUB a q 1', 'SUB own 2'),
        await open('SUB a q 1'),
        await open('SUB r 9'),
      ];
      slow.pause();
      const given = await sendTo('a', 3 * messages(systemBuffers), { sender, quick });
      await waitFor('the cut', () => isNobodyAt('own', sender), { withinMs: 5_000 });
      return { shared: given < 3 * messages(systemBuffers), alone: await sendTo('a', 20, { sender, quick }) };
    },
    { shared: true, alone: 20 },
  );
});

describe('a reader for whom more waits than may', () => {
  let pair: BrokerProcesses;

  beforeAll(async () => {
    pair = await startBrokerProcesses({ maxPending, writeDeadlineMs: 2_000 });
  });

  afterAll(() => pair.close());

  sameOnProcesses(
    () => pair,
    'is cut, without a word, and the others get every message',
    async ({ open }) => {
      const [slow, quick, sender] = [await open('SUB a 1', 'SUB own 2'), await open('SUB a 1'), await open('SUB r 9')];
      slow.pause();
      const count = messages(systemBuffers + 8 * mebibyte);
      const received = await sendTo('a', count, { sender, quick });
      await waitFor('the cut', () => isNobodyAt('own', sender), { withinMs: 5_000 });
      const { whole, words } = await untilCut(slow);
      const back = await open('SUB a 1');
      await sender.ask('PUB a 5', 'again');
      return { received, lost: whole < count, words, back: await back.ask() };
    },
    { received: messages(systemBuffers + 8 * mebibyte), lost: true, words: [], back: ['MSG a 1 5', 'again'] },
  );

  sameOnProcesses(
    () => pair,
    'costs a bounded amount of memory, with many readers and small messages, too',
    async ({ broker, open, openDeaf }) => {
      const [sender, readers] = [await open('SUB r 9'), 8];
      const before = memoryOf(broker.pid).now;
      for (let reader = 0; reader < readers; reader += 1) openDeaf('SUB a 1', 'SUB here q 2');
      await waitFor('the readers', async () => !(await isNobodyAt('here', sender)));
      const some = range(0, 1_000).flatMap(() => ['PUB a 100', body.slice(0, 100)]);
      const allCut = async (): Promise<boolean> => {
        await sender.ask(...some);
        return isNobodyAt('here', sender);
      };
      await waitFor('the cut of all', allCut, { everyMs: 1 });
      // Twice, as memory is not given back at once, and as much again as a broker has for itself.
      const bound = 2 * readers * maxPending + 64 * mebibyte;
      const most = memoryOf(broker.pid).peak - before;
      return most < bound || most;
    },
    true,
  );
});

describe('with the bounds that both have by themselves', () => {
  let pair: BrokerProcesses;

  beforeAll(async () => {
    pair = await startBrokerProcesses();
  });

  afterAll(() => pair.close());

  sameOnProcesses(
    () => pair,
    'a reader that reads on in time has missed nothing',
    async ({ open }) => {
      const [slow, sender] = [await open('SUB a 1'), await open()];
      slow.pause();
      await sender.ask(...range(0, messages(systemBuffers)).flatMap(() => [`PUB a ${size}`, body]));
      slow.resume();
      return (await slow.ask()).filter((line) => line === body).length;
    },
    messages(systemBuffers),
  );

  sameOnProcesses(
    () => pair,
    'a client that closes its half is nobody from then on, though much still waits for it',
    async ({ open, openDeaf }) => {
      const [leaving, sender] = [openDeaf('SUB a q 1', 'SUB here 2'), await open('SUB r 9')];
      await waitFor('the client', async () => !(await isNobodyAt('here', sender)));
      await sender.ask(...range(0, messages(systemBuffers)).flatMap(() => [`PUB a ${size}`, body]));
      leaving.end();
      await waitFor('its end', () => isNobodyAt('here', sender), { withinMs: 5_000 });
      return sender.ask('PUB a r 0', '');
    },
    noResponders('r', '9'),
  );

  sameOnProcesses(
    () => pair,
    'a client that closes its half has everything delivered that it sent before',
    async ({ open, openDeaf }) => {
      const receiver = await open('SUB a 1');
      openDeaf(...range(0, 2_000).flatMap(() => ['PUB a 1', 'x'])).end();
      let received = 0;
      const all = async (): Promise<boolean> => {
        received += (await receiver.ask()).filter((line) => line === 'x').length;
        return received >= 2_000;
      };
      await waitFor('the messages', all, { seen: () => received });
      return received;
    },
    2_000,
  );

  // nats-server holds the sender up here, until the slow reader has read or is cut (docs/built-in-broker.md).
  test('broker - the built-in broker holds no sender up for a slow reader', async () => {
    await runOn(pair.builtIn, async ({ open, openDeaf }) => {
      const [quick, sender] = [await open('SUB a 1'), await open('SUB r 9')];
      openDeaf('SUB a 1', 'SUB here 2');
      await waitFor('the reader', async () => !(await isNobodyAt('here', sender)));
      const count = messages(48 * mebibyte);
      expect(await sendTo('a', count, { sender, quick })).toBe(count);
      // All was sent and received before the deadline at which the slow reader is cut.
      expect(await isNobodyAt('here', sender)).toBe(false);
    });
  });
});
