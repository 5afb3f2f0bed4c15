// Stores that are damaged while their node is down: many small stories, each with two nodes of its own.
//
// A story: half of the messages have run, the others wait behind one that does not end, and their sender knows that they are
// delivered. One of the two nodes goes down, its store is damaged, it comes back, and all comes to rest.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { isSettled, type MessageView } from '../../src/contract/message-view.ts';
import { StewardError } from '../../src/model/error.ts';
import type { FleetNode } from '../../test/support/fleet.ts';
import { command } from '../../test/support/message-fields.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { damageStore } from '../lab/damage-file.ts';
import { DamagedLife } from '../lab/damaged-life.ts';
import type { Scene, Stage } from '../scene.ts';
import { judgeStories, type Story } from './judge-damage.ts';

const messagesOfAStory = 24;
const withinMs = 60_000;
const restMs = 60_000;

export const damage: Scene = {
  name: 'damage',
  what: 'stores cut, bits flipped and sectors blanked while their node is down',
  seconds: 60,
  least: { damage: 25 },
  leastMessages: 200,
  play: async (stage) => {
    const { url } = await stage.lab.broker();
    const stories: Story[] = [];
    let next = 1;
    const tell = async (): Promise<void> => {
      while (!stage.over()) {
        const number = next++;
        stories.push(await playStory(stage, number, url).catch((error: unknown) => brokenOff(number, error)));
        stage.tally.add('damage');
        stage.onMessages(stories.length * messagesOfAStory);
      }
    };
    await Promise.all([tell(), tell()]);
    return judgeStories(stories);
  },
};

async function playStory(stage: Stage, number: number, url: string): Promise<Story> {
  const random = stage.random(`story ${number}`);
  const central = stage.lab.node(`central${number}`, [url], '--drain', '0s');
  const ship = stage.lab.node(`ship${number}`, [url], '--drain', '0s');
  await Promise.all([central.startLinked(), ship.startLinked()]);
  const numbers = Array.from({ length: messagesOfAStory }, (_none, index) => number * 1000 + index);
  const blocker = command(ship.name, 'until [ -e go ]; do sleep 0.05; done', { methodTimeout: 300 });
  const lines = numbers.map((one) => command(ship.name, `echo ${one} >> ran; echo ${one}`, { fileName: 'answers' }));
  const half = Math.floor(random.next() * messagesOfAStory);
  const before = half === 0 ? [] : await central.submit(...lines.slice(0, half));
  for (const id of before) await central.settled(id);
  const [, ...after] = await central.submit(blocker, ...lines.slice(half));
  const ids = [...before, ...after];
  // All is answered for: from here on the sender knows what the receiver has.
  for (const id of after)
    await waitFor('delivery', async () => (await central.client.message(id)).state === 'delivered', { withinMs });

  const victim = random.next() < 0.7 ? ship : central;
  if (random.next() < 0.5) await victim.stop();
  else await victim.kill();
  const what = damageStore(victim.path('store'), random);
  const life = new DamagedLife(victim);
  await life.begin();
  writeFileSync(ship.path('go'), '');
  const views = new Map<number, MessageView | undefined>();
  const isOver = async (): Promise<boolean> => {
    if (stage.interrupted()) return true;
    if (life.ended) await life.begin();
    for (const [index, id] of ids.entries()) views.set(numbers[index] ?? 0, await look(central, id));
    return [...views.values()].every((view) => view === undefined || isSettled(view));
  };
  const rested = await waitFor('all to end', isOver, { withinMs: restMs, everyMs: 100 }).catch(String);
  const answers = new Map<number, string>();
  for (const [index, id] of ids.entries()) {
    const one = numbers[index] ?? 0;
    if (views.get(one)?.state === 'succeeded')
      answers.set(one, Buffer.from(await central.client.output(id, 'stdout')).toString());
  }
  const lost = [central, ship].some((node) => node.says('this node lost part of its store') !== undefined);
  await Promise.all([central.kill(), ship.kill()]);
  const ran = existsSync(ship.path('ran')) ? readFileSync(ship.path('ran'), 'utf8').split('\n').slice(0, -1) : [];
  return {
    what: `${victim.name}: ${what}`,
    numbers,
    views,
    ran,
    answers,
    unrested: rested === true ? undefined : rested,
    ofSender: victim === central,
    refusals: life.refusals,
    mistakes: life.mistakes,
    lost,
  };
}

/** What went wrong in one story does not end the others. */
function brokenOff(number: number, error: unknown): Story {
  const none = { numbers: [], views: new Map(), ran: [], answers: new Map(), unrested: undefined };
  const mistakes = [`broke off: ${inspect(error)}`];
  return { what: `story ${number}`, ...none, ofSender: false, refusals: 0, mistakes, lost: false };
}

async function look(central: FleetNode, id: string): Promise<MessageView | undefined> {
  try {
    return await central.client.message(id);
  } catch (error) {
    if (error instanceof StewardError && error.code === 'not-found') return undefined;
    throw error;
  }
}
