// Queue groups whose members come and go: nats-server shows it, and the built-in broker must do the same.
import { describe } from 'vitest';
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
import { brokersOfFile, asks, connectLine, noResponders, type RawCase } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

const { same } = brokersOfFile();

type Open = Parameters<RawCase>[0];

async function openWith(open: Open, ...lines: readonly string[]): Promise<RawClient> {
  const client = await open();
  await client.ask(connectLine, ...lines);
  return client;
}

async function openMany(open: Open, count: number, ...lines: readonly string[]): Promise<readonly RawClient[]> {
  return Promise.all(range(0, count).map(() => openWith(open, ...lines)));
}

/** How the broker shows that it has seen a client go: nobody is there for the subject that only this client had. */
async function untilNobodyIsAt(subject: string, asking: RawClient): Promise<void> {
  await waitFor(
    `nobody at ${subject}`,
    async () => (await asking.ask(`PUB ${subject} gone.${subject} 0`, '')).length > 0,
  );
}

describe('members', () => {
  same(
    'each get some of a thousand messages, and together each message once',
    async (open) => {
      const members = await openMany(open, 5, 'SUB a q 1');
      const sender = await openWith(open);
      await sender.ask(...publishes('a', 0, 1_000));
      const received = await Promise.all(members.map(numbersOf));
      return { all: sorted(received), without: received.filter((numbers) => numbers.length === 0).length };
    },
    { all: range(0, 1_000), without: 0 },
  );
  same(
    'are given what they are given in the order in which it was sent',
    async (open) => {
      const members = await openMany(open, 3, 'SUB a q 1');
      const sender = await openWith(open);
      await sender.ask(...publishes('a', 0, 300));
      const received = await Promise.all(members.map(numbersOf));
      return received.every((numbers) => numbers.every((number, index) => number > (numbers[index - 1] ?? -1)));
    },
    true,
  );
  same(
    'leave a plain subscription of everything beside them alone',
    async (open) => {
      const [plain, sender, ...members] = [
        await openWith(open, 'SUB a.> 1'),
        await openWith(open),
        ...(await openMany(open, 2, 'SUB a.b q 1')),
      ];
      await sender.ask(...publishes('a.b', 0, 100));
      return { plain: await numbersOf(plain), group: sorted(await Promise.all(members.map(numbersOf))) };
    },
    { plain: range(0, 100), group: range(0, 100) },
  );
  same(
    'of two groups get everything twice, each group once',
    async (open) => {
      const [red, blue] = [await openMany(open, 2, 'SUB a.* red 1'), await openMany(open, 3, 'SUB a.> blue 1')];
      const sender = await openWith(open);
      await sender.ask(...publishes('a.b', 0, 200));
      return [sorted(await Promise.all(red.map(numbersOf))), sorted(await Promise.all(blue.map(numbersOf)))];
    },
    [range(0, 200), range(0, 200)],
  );
  same(
    'of one client are several, too: each message comes once',
    async (open) => {
      const member = await openWith(open, 'SUB a q 1', 'SUB a q 2', 'SUB a.> q 3');
      const lines = await member.ask(...publishes('a', 0, 100));
      const used = new Set(lines.filter((line) => line.startsWith('MSG ')).map((line) => Number(line.split(' ')[2])));
      return { numbers: numbersIn(lines), used: sorted([[...used]]) };
    },
    { numbers: range(0, 100), used: [1, 2] },
  );
  same(
    'are of different groups where the names differ in case',
    async (open) => (await asks('SUB a q 1', 'SUB a Q 2', 'PUB a 1', 'x')(open)).toSorted(),
    ['MSG a 1 1', 'MSG a 2 1', 'x', 'x'],
  );
  same(
    'stay in their group when their id is given to another',
    asks('SUB a q 1', 'SUB a z 1', 'SUB a 1', 'SUB b 1', 'PUB a 1', 'x', 'PUB b 1', 'y'),
    ['MSG a 1 1', 'x'],
  );
  same(
    'with wildcards share what both match, and get alone what one matches',
    async (open) => {
      const [star, rest] = [await openWith(open, 'SUB a.* q 1'), await openWith(open, 'SUB a.> q 1')];
      const sender = await openWith(open);
      await sender.ask(...publishes('a.b', 0, 200), ...publishes('a.b.c', 200, 10));
      const received = [await numbersOf(star), await numbersOf(rest)] as const;
      return {
        all: sorted(received),
        both: received.every((numbers) => numbers.some((number) => number < 200)),
        deep: received[1].filter((number) => number >= 200),
      };
    },
    { all: range(0, 210), both: true, deep: range(200, 10) },
  );
});

describe('a member that leaves', () => {
  same(
    'by UNSUB while messages flow leaves them to the others: none is lost, none comes twice',
    async (open) => {
      const [staying, leaving] = [await openWith(open, 'SUB a q 1'), await openMany(open, 5, 'SUB a q 1')];
      const flow = startFlow(await openWith(open), 'a');
      const received: (readonly number[])[] = [];
      for (const [index, member] of leaving.entries()) {
        await waitFor('messages', () => flow.sent() >= (index + 1) * 200, { everyMs: 1 });
        received.push(numbersIn(await member.ask('UNSUB 1')));
      }
      const sent = await flow.stop();
      received.push(...(await Promise.all([staying, ...leaving].map(numbersOf))));
      return flaws(sorted(received), sent);
    },
    flawless,
  );
  same(
    'and comes back, again and again, loses none of what flows',
    async (open) => {
      const [staying, moving] = [await openWith(open, 'SUB a q 1'), await openWith(open)];
      const flow = startFlow(await openWith(open), 'a');
      const received: (readonly number[])[] = [];
      for (let round = 0; round < 50; round += 1) {
        received.push(numbersIn(await moving.ask(`SUB a q ${round}`)));
        received.push(numbersIn(await moving.ask(`UNSUB ${round}`)));
      }
      const sent = await flow.stop();
      return flaws(sorted([...received, await numbersOf(staying), await numbersOf(moving)]), sent);
    },
    flawless,
  );
  same(
    'by closing is passed over from the moment in which the broker has seen it',
    async (open) => {
      const staying = await openWith(open, 'SUB a q 1');
      const sender = await openWith(open, 'SUB gone.> 9');
      const missed: number[] = [];
      for (const round of range(0, 10)) {
        const leaving = await openWith(open, 'SUB a q 1', `SUB here.${round} 2`);
        sender.send(...publishes('a', round * 1_000, 500));
        leaving.close();
        await untilNobodyIsAt(`here.${round}`, sender);
        await sender.ask(...publishes('a', round * 1_000 + 500, 100));
        const kept = new Set(await numbersOf(staying));
        missed.push(...range(round * 1_000 + 500, 100).filter((number) => !kept.has(number)));
      }
      return missed;
    },
    [],
  );
  same(
    'by a maximum gets exactly that many, and the others the rest',
    async (open) => {
      const [few, staying] = [await openWith(open, 'SUB a q 1', 'UNSUB 1 10'), await openWith(open, 'SUB a q 1')];
      const sender = await openWith(open);
      await sender.ask(...publishes('a', 0, 200));
      const received = [await numbersOf(few), await numbersOf(staying)] as const;
      return { few: received[0].length, all: sorted(received) };
    },
    { few: 10, all: range(0, 200) },
  );
  same(
    'leaves at once by a maximum that it has reached already',
    async (open) => {
      const few = await openWith(open, 'SUB a q 1');
      const staying = await openWith(open);
      const sender = await openWith(open);
      await sender.ask(...publishes('a', 0, 5));
      await staying.ask('SUB a q 1');
      const before = numbersIn(await few.ask('UNSUB 1 3'));
      await sender.ask(...publishes('a', 5, 50));
      return { before, few: await numbersOf(few), staying: await numbersOf(staying) };
    },
    { before: range(0, 5), few: [], staying: range(5, 50) },
  );
});

describe('a group that has lost its last member', () => {
  const request = ['PUB a r 0', ''];
  same(
    'is nobody, after UNSUB',
    async (open) => {
      const [first, second] = await openMany(open, 2, 'SUB a q 1');
      const asking = await openWith(open, 'SUB r 1');
      const answers = [await asking.ask(...request)];
      await first?.ask('UNSUB 1');
      answers.push(await asking.ask(...request));
      await second?.ask('UNSUB 1');
      return [...answers, await asking.ask(...request)];
    },
    [[], [], noResponders('r', '1')],
  );
  same(
    'is nobody, after its maximum',
    async (open) => {
      await openMany(open, 2, 'SUB a q 1', 'UNSUB 1 5');
      const asking = await openWith(open, 'SUB r 1');
      const taken = await asking.ask(...range(0, 10).flatMap(() => request));
      return [taken, await asking.ask(...request)];
    },
    [[], noResponders('r', '1')],
  );
  same(
    'is nobody, after its connection was closed',
    async (open) => {
      const members = await openMany(open, 2, 'SUB a.* q 1');
      const asking = await openWith(open, 'SUB gone.> 1');
      for (const member of members) member.close();
      await untilNobodyIsAt('a.b', asking);
      return asking.ask('PUB a.c gone.c 0', '');
    },
    noResponders('gone.c', '1'),
  );
  same(
    'is hidden by another group, and by a plain subscription',
    async (open) => {
      const [group, other, plain] = [
        await openWith(open, 'SUB a q 1'),
        await openWith(open, 'SUB a z 1'),
        await openWith(open, 'SUB a.> 1', 'SUB * 2'),
      ];
      const asking = await openWith(open, 'SUB r 1');
      await group.ask('UNSUB 1');
      const answers = [await asking.ask(...request)];
      await other.ask('UNSUB 1');
      answers.push(await asking.ask(...request));
      await plain.ask('UNSUB 2');
      return [...answers, await asking.ask(...request)];
    },
    [[], [], noResponders('r', '1')],
  );
  same(
    'is somebody again with the next member',
    async (open) => {
      const [member, asking] = [await openWith(open, 'SUB a q 1', 'UNSUB 1'), await openWith(open, 'SUB r 1')];
      const before = await asking.ask(...request);
      await member.ask('SUB a q 1');
      return { before, after: await asking.ask(...request) };
    },
    { before: noResponders('r', '1'), after: [] },
  );
});
