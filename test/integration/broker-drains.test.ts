// Clients that drain, as the official client does it (UNSUB, PING, and only then away): nats-server shows it, and the
// built-in broker must do the same. The official client itself drains in broker-client.test.ts.
import {
  flawless,
  flaws,
  numbersIn,
  numbersOf,
  publishes,
  range,
  sorted,
  startFlow,
} from '../support/numbered-messages.ts';
import type { RawClient } from '../support/raw-client.ts';
import { brokersOfFile, connectLine, type RawCase } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

const { same } = brokersOfFile();

async function openWith(open: Parameters<RawCase>[0], ...lines: readonly string[]): Promise<RawClient> {
  const client = await open();
  await client.ask(connectLine, ...lines);
  return client;
}

same(
  'a client that drains gets everything up to there, and nothing more',
  async (open) => {
    const [draining, sender] = [await openWith(open, 'SUB a 1'), await openWith(open)];
    const flow = startFlow(sender, 'a');
    await waitFor('messages', () => flow.sent() > 500, { everyMs: 1 });
    const received = numbersIn(await draining.ask('UNSUB 1'));
    const before = flow.sent();
    await waitFor('messages after it', () => flow.sent() > before + 100, { everyMs: 1 });
    const sent = await flow.stop();
    return { ...flaws(received, received.length), late: await numbersOf(draining), all: received.length === sent };
  },
  { ...flawless, late: [], all: false },
);

same(
  'a client that drains has everything that was confirmed to the sender before',
  async (open) => {
    const [draining, sender] = [await openWith(open, 'SUB a.> 1'), await openWith(open)];
    await sender.ask(...publishes('a.b', 0, 5_000));
    return flaws(numbersIn(await draining.ask('UNSUB 1')), 5_000);
  },
  flawless,
);

same(
  'a client whose subscriptions drain publishes as before, and gets none of it',
  async (open) => {
    const [draining, other] = [await openWith(open, 'SUB a 1', 'SUB b q 2'), await openWith(open, 'SUB * 1')];
    const own = await draining.ask('UNSUB 1', 'UNSUB 2', ...publishes('a', 0, 10), ...publishes('b', 10, 10));
    return { own, other: await numbersOf(other) };
  },
  { own: [], other: range(0, 20) },
);

same(
  'a client that drains one subscription keeps the others',
  async (open) => {
    const [draining, sender] = [await openWith(open, 'SUB a 1', 'SUB a 2', 'SUB a q 3'), await openWith(open)];
    await draining.ask('UNSUB 1');
    await sender.ask('PUB a 1', 'x');
    return (await draining.ask()).filter((line) => line !== 'x').toSorted();
  },
  ['MSG a 2 1', 'MSG a 3 1'],
);

same(
  'members of a group drain one after another, and the messages go to those that stay',
  async (open) => {
    const staying = await openWith(open, 'SUB a q 1');
    const draining = await Promise.all(range(0, 9).map(() => openWith(open, 'SUB a q 1')));
    const flow = startFlow(await openWith(open), 'a');
    // Away only after the answer to their PING, as the official client does it.
    const received = await Promise.all(
      draining.map(async (member, index) => {
        await waitFor('messages', () => flow.sent() > (index + 1) * 100, { everyMs: 1 });
        const numbers = numbersIn(await member.ask('UNSUB 1'));
        member.close();
        return numbers;
      }),
    );
    const sent = await flow.stop();
    return flaws(sorted([...received, await numbersOf(staying)]), sent);
  },
  flawless,
);

same(
  'a responder that drains answers what it was given, and for the rest nobody is there',
  async (open) => {
    const responder = await openWith(open, 'SUB work 1');
    const asking = await openWith(open, 'SUB r.> 1');
    const requests = range(0, 400).flatMap((index) => [`PUB work r.${index} 1`, 'x']);
    asking.send(...requests.slice(0, 400));
    const given = (await responder.ask('UNSUB 1')).filter((line) => line.startsWith('MSG '));
    asking.send(...requests.slice(400));
    // The replies are under way while the connection closes behind them.
    await responder.ask(...given.flatMap((line) => [`PUB ${line.split(' ')[3] ?? ''} 1`, 'y']));
    responder.close();
    const lines = await asking.ask();
    const answered = lines.filter((line) => line.startsWith('MSG ')).map((line) => line.split(' ')[1] ?? '');
    const refused = lines.filter((line) => line.startsWith('HMSG ')).map((line) => line.split(' ')[1] ?? '');
    return {
      answeredAsGiven: answered.length === given.length,
      refusedAtLeast: refused.length >= 200,
      each: new Set([...answered, ...refused]).size,
      all: answered.length + refused.length,
    };
  },
  { answeredAsGiven: true, refusedAtLeast: true, each: 400, all: 400 },
);
