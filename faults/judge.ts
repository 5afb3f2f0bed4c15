// What the checker found in a scene, by the name of what was broken.
import { checkHistory, type History } from '../test/support/history-checker.ts';
import type { Judgement } from './scene.ts';

/** Sentences of the checker, and the invariant that each breaks (CONTRIBUTING.md). */
const invariants: readonly (readonly [RegExp, string])[] = [
  [/ ran \d+ times, at most /, 'run twice (I5, I6)'],
  [/ answered [2-9]\d* times/, 'answered twice (I3, I5)'],
  [/ answered \d+ times/, 'answer lost (I3)'],
  [/ never ran$/, 'lost (I4)'],
  [/ not known to its sender /, 'lost (I1)'],
  [/ did not come to an end/, 'no final state (I10)'],
  [/ comes after /, 'order (I7)'],
  [/ expired/, 'expired wrongly (I4, I8)'],
  [/ unknown/, 'unknown without a reason (P3)'],
  [/ was not( for it)?$/, 'ran, or was answered, at the wrong node'],
];

export interface Evidence {
  readonly history: History;
  /** All that is known of a message. */
  readonly tell: (number: number) => string;
}

/** So many are told with the history of their message. */
const told = 20;

export function judge({ history, tell }: Evidence): Judgement {
  const wrong = checkHistory(history);
  const states = new Map<string, number>();
  for (const state of history.states.values()) states.set(state, (states.get(state) ?? 0) + 1);
  const unanswered = history.submitted.filter(({ id }) => id === undefined).length;
  if (unanswered > 0) states.set('unanswered', unanswered);
  const named = wrong.map((sentence, index) => {
    const number = Number.parseInt(sentence, 10);
    const story = index < told && !Number.isNaN(number) ? `\n    ${tell(number)}` : '';
    return `${invariantOf(sentence)}: ${sentence}${story}`;
  });
  return { messages: history.submitted.length, states: Object.fromEntries(states), wrong: named };
}

function invariantOf(sentence: string): string {
  return invariants.find(([pattern]) => pattern.test(sentence))?.[1] ?? 'not as it should be';
}

const delivered: readonly string[] = ['succeeded', 'failed', 'timedOut'];

/** Messages whose method ran to its end, and whose sender knows it. */
export function deliveredOf(states: Readonly<Record<string, number>>): number {
  return delivered.reduce((count, state) => count + (states[state] ?? 0), 0);
}
