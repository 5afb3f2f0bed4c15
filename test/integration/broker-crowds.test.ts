// A thousand clients at once, and clients that come and go in a storm: nats-server shows it, and the built-in broker must
// do the same. Both are processes of their own, so that their memory can be measured.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { memoryOf, sameOnProcesses, startBrokerProcesses, type BrokerProcesses } from '../support/broker-processes.ts';
import { flawless, flaws, numbersOf, range, sorted, startFlow } from '../support/numbered-messages.ts';
import type { RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';

const crowd = 1_000;
const visits = 500;
/** Bytes for one connection with one subscription. */
const mostMemoryEach = 64 * 1024;
/** Open files that one process needs for the crowd and what else it has. */
const filesNeeded = crowd + 200;

let pair: BrokerProcesses;

beforeAll(async () => {
  // Node has raised its own bound to the hard one; the brokers inherit it.
  const files = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  if (files !== 'unlimited' && Number(files) < filesNeeded) {
    throw new Error(
      `${crowd} connections need ${filesNeeded} open files, and this machine allows ${files} (ulimit -Hn)`,
    );
  }
  pair = await startBrokerProcesses();
});

afterAll(() => pair.close());

const same = (title: string, run: Parameters<typeof sameOnProcesses>[2], expected: unknown): void =>
  sameOnProcesses(() => pair, title, run, expected);

/** Answers for which of the subjects nobody is there. */
async function deserted(subjects: readonly string[], asking: RawClient): Promise<readonly string[]> {
  const lines = await asking.ask(...subjects.flatMap((subject) => [`PUB ${subject} gone.${subject} 0`, '']));
  return lines
    .filter((line) => line.startsWith('HMSG gone.'))
    .map((line) => line.slice('HMSG gone.'.length).split(' ')[0] ?? '');
}

// The first of all: later, a broker has memory that it got for others.
same(
  'a thousand clients at once cost a bounded amount of memory each',
  async ({ broker, open }) => {
    const first = await open();
    const before = memoryOf(broker.pid).now;
    const clients = await Promise.all(range(0, crowd).map((index) => open(`SUB crowd.${index} 1`)));
    await first.ask();
    const each = (memoryOf(broker.pid).now - before) / clients.length;
    return each < mostMemoryEach;
  },
  true,
);

same(
  'a thousand clients each answer one request, and when they have gone nothing of them is left',
  async ({ open }) => {
    const asking = await open('SUB r.> 1', 'SUB gone.> 2');
    const subjects = range(0, crowd).map((index) => `crowd.${index}`);
    const clients = await Promise.all(subjects.map((subject) => open(`SUB ${subject} 1`, `SUB ${subject}.> q 2`)));
    const before = await deserted(subjects, asking);
    await asking.ask(...subjects.flatMap((subject, index) => [`PUB ${subject} r.${index} 1`, 'x']));
    const questions = await Promise.all(clients.map((client) => client.ask()));
    clients.forEach((client, index) => client.send(`PUB r.${index} ${`${index}`.length}`, `${index}`));
    const answers: number[] = [];
    await waitFor('the answers', async () => answers.push(...(await numbersOf(asking))) >= crowd, {
      seen: () => answers.length,
    });
    for (const client of clients) client.close();
    const all = subjects.flatMap((subject) => [subject, `${subject}.x`]);
    await waitFor('their end', async () => (await deserted(all, asking)).length === all.length, { everyMs: 50 });
    return {
      before,
      asked: questions.filter((lines) => lines.includes('x')).length,
      ...flaws(sorted([answers]), crowd),
    };
  },
  { before: [], asked: crowd, ...flawless },
);

same(
  'five hundred clients that come and go in a storm take nothing from those that stay',
  async ({ open }) => {
    const random = seededRandom(11);
    const asking = await open('SUB gone.> 1');
    const plain = await open('SUB flow.> 1');
    const group = await Promise.all(range(0, 4).map(() => open('SUB flow.a q 1')));
    const flow = startFlow(await open(), 'flow.a');
    const visit = async (index: number): Promise<void> => {
      const visitor = await open('SUB flow.> 1', 'SUB flow.a visitors 2', `SUB storm.${index} 3`);
      if (random.next() < 0.5) await visitor.ask();
      // Half of them leave in the middle of a message.
      if (random.next() < 0.5) visitor.send('UNSUB 1', 'PUB flow.a 10', '1');
      visitor.close();
    };
    const waiting = range(0, visits).values();
    await Promise.all(
      range(0, 25).map(async () => {
        for (const index of waiting) await visit(index);
      }),
    );
    const sent = await flow.stop();
    const all = range(0, visits).map((index) => `storm.${index}`);
    await waitFor('their end', async () => (await deserted(all, asking)).length === visits, { everyMs: 50 });
    return {
      plain: flaws(await numbersOf(plain), sent),
      group: flaws(sorted(await Promise.all(group.map(numbersOf))), sent),
      flowed: sent >= 200,
    };
  },
  { plain: flawless, group: flawless, flowed: true },
);
