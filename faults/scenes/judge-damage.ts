// What a node may do after its store was damaged: say what it lost, or refuse. Not: guess.
//
// It runs nothing that nobody sent and nothing twice, calls nothing succeeded that did not run, gives every message an end, and
// forgets nothing without a word.
import type { MessageView } from '../../src/contract/message-view.ts';
import type { Judgement } from '../scene.ts';

export interface Story {
  readonly what: string;
  readonly numbers: readonly number[];
  /** As their sender knows them; undefined: it does not. */
  readonly views: ReadonlyMap<number, MessageView | undefined>;
  /** Lines that the commands wrote as they ran. */
  readonly ran: readonly string[];
  readonly answers: ReadonlyMap<number, string>;
  readonly unrested: string | undefined;
  readonly ofSender: boolean;
  readonly refusals: number;
  readonly mistakes: readonly string[];
  /** A node said that it lost part of its store. */
  readonly lost: boolean;
}

export function judgeStories(stories: readonly Story[]): Judgement {
  const wrong: string[] = [];
  for (const story of stories) wrong.push(...mistakesOf(story).map((text) => `${text} [${story.what}]`));
  const states = new Map<string, number>();
  for (const { views } of stories)
    for (const view of views.values()) {
      const state = view?.state ?? 'forgotten';
      states.set(state, (states.get(state) ?? 0) + 1);
    }
  const refused = stories.filter(({ refusals }) => refusals > 0).length;
  const said = stories.filter(({ refusals, lost }) => refusals === 0 && lost).length;
  return {
    messages: stories.reduce((count, { numbers }) => count + numbers.length, 0),
    states: Object.fromEntries(states),
    wrong,
    notes: [
      `of ${stories.length} damaged stores ${refused} were refused, ${said} had lost something and said so, ${stories.length - refused - said} held what was needed`,
    ],
  };
}

function mistakesOf(story: Story): readonly string[] {
  const { numbers, views, ran, answers, unrested, refusals, lost } = story;
  const wrong = [...story.mistakes];
  const say = (text: string): void => void wrong.push(text);
  if (unrested !== undefined) say(`no final state (I10): ${unrested}; ${stateText(views)}`);
  for (const line of new Set(ran)) {
    if (!numbers.map(String).includes(line)) say(`ran what nobody sent: ${JSON.stringify(line)}`);
    const count = ran.filter((one) => one === line).length;
    if (count > 1) say(`run twice (I5, I6): ${line} ran ${count} times`);
  }
  for (const number of numbers) {
    const view = views.get(number);
    if (view === undefined && refusals === 0 && !lost) say(`lost (I1): ${number} is forgotten without a word`);
    if (view?.state !== 'succeeded') continue;
    if (!ran.includes(String(number))) say(`lost (I4): ${number} is succeeded and never ran`);
    if (answers.get(number) !== `${number}\n`)
      say(`answer lost (I3): that of ${number} is ${JSON.stringify(answers.get(number))}`);
  }
  return wrong;
}

function stateText(views: Story['views']): string {
  return [...views].map(([number, view]) => `${number} ${view?.state ?? 'forgotten'}`).join(', ');
}
