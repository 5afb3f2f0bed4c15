// That the checker of the campaigns can fail: every rule is broken once.
import { expect, test } from 'vitest';
import {
  checkHistory,
  type AnswerLine,
  type History,
  type RunLine,
  type SubmittedMessage,
} from '../../support/history-checker.ts';

function message(number: number, more: Partial<SubmittedMessage> = {}): SubmittedMessage {
  const route = { from: 'central', to: 'ship1', lane: 'cliCommand' };
  return { number, ...route, kind: 'once', plan: 'succeeded', mayExpire: false, id: `id${number}`, ...more };
}

const { id: _id, ...unanswered } = message(9);

const start = (number: number, at = number * 1000): RunLine => ({ type: 'start', number, at });
const end = (number: number, at = number * 1000 + 500): RunLine => ({ type: 'end', number, at });
const answer = (number: number, node = 'ship1'): AnswerLine => ({
  sender: 'central',
  node,
  lane: 'cliCommand',
  number,
});

interface Story {
  readonly submitted?: readonly SubmittedMessage[];
  readonly runs?: readonly RunLine[];
  readonly states?: Readonly<Record<string, string>>;
  readonly answers?: readonly AnswerLine[];
  /** When ship1 was killed. */
  readonly kills?: readonly number[];
}

const good = {
  submitted: [message(1), message(2, { plan: 'failed' })],
  runs: [start(1), end(1), start(2), end(2)],
  states: { id1: 'succeeded', id2: 'failed' },
  answers: [answer(1), answer(2)],
  kills: [],
} satisfies Story;

function history(story: Story): History {
  const { submitted, runs, states, answers, kills } = { ...good, ...story };
  return {
    submitted,
    runs: new Map([['ship1', runs]]),
    states: new Map(Object.entries(states)),
    answers,
    kills: kills.map((at) => ({ node: 'ship1', at, until: at + 100 })),
    maxRunning: 2,
  };
}

const check = (story: Story): readonly string[] => checkHistory(history(story));

test('history checker - a good history is good', () => {
  expect(check({})).toEqual([]);
});

test.for<[string, Story, RegExp]>([
  ['a run that is missing', { runs: [start(2), end(2)] }, /^1 \(id1\) is succeeded and never ran$/],
  ['a run too many', { runs: [start(1), end(1), start(1), start(2)] }, /^1 \(id1\) ran 2 times, at most 1/],
  ['a run of nobody', { runs: [...good.runs, start(7)] }, /^7 ran on ship1, for which it was not$/],
  ['the wrong end', { states: { id1: 'failed', id2: 'failed' } }, /^1 \(id1\) is failed, and should be succeeded$/],
  ['no end', { states: { id1: 'delivered', id2: 'failed' } }, /did not come to an end: it is delivered$/],
  ['a message that is forgotten', { states: { id2: 'failed' } }, /not known to its sender any more$/],
  ['an answer that is missing', { answers: [answer(2)] }, /is succeeded and was answered 0 times$/],
  ['an answer too many', { answers: [answer(1), answer(1), answer(2)] }, /is succeeded and was answered 2 times$/],
  [
    'a part of an answer',
    { answers: [...good.answers, answer(-1)] },
    /^an answer of ship1 to -1, which was not for it$/,
  ],
  [
    'an answer of another',
    { answers: [answer(1, 'ship2'), answer(2)] },
    /^an answer of ship2 to 1, which was not for it$/,
  ],
  ['runs out of order', { runs: [start(2), end(2), start(1), end(1)] }, /the start of 1 comes after 2$/],
  ['runs that overlap', { runs: [start(1), start(2), end(1), end(2)] }, /the end of 1 comes after 2$/],
  ['answers out of order', { answers: [answer(2), answer(1)] }, /the answer of 1 comes after that of 2$/],
  ['an expiry too early', { states: { id1: 'expired', id2: 'failed' } }, /has expired before its time$/],
])('history checker - finds %s', ([, story, wrong]) => {
  expect(check(story)).toContainEqual(expect.stringMatching(wrong));
});

const unknown = { states: { id1: 'unknown', id2: 'failed' }, answers: [answer(2)] };

test('history checker - unknown is good after a kill in mid-run, with or without a run', () => {
  expect(check({ ...unknown, kills: [1200], runs: [start(1), start(2), end(2)] })).toEqual([]);
  expect(check({ ...unknown, kills: [1200], runs: [start(2), end(2)] })).toEqual([]);
  expect(check({ ...unknown, kills: [950], runs: [start(1), start(2), end(2)] })).toEqual([]);
});

test('history checker - unknown without a kill, or long before one, is not', () => {
  expect(check(unknown)).toContain('1 is unknown, and ship1 was not killed after its start');
  expect(check({ ...unknown, kills: [800] })).toContain('1 is unknown, and ship1 was not killed after its start');
  expect(check({ ...unknown, kills: [9000] })).toContain('1 is unknown, and had ended 7500 ms before the kill');
});

test('history checker - unknown is at most one a kill in an ordered lane, and as many as ran at once in the others', () => {
  const states = { id1: 'unknown', id2: 'unknown', id3: 'unknown' };
  const of = (lane: string): SubmittedMessage[] => [1, 2, 3].map((number) => message(number, { lane }));
  const runs = [start(1), start(2), start(3)];
  const ordered = check({ submitted: of('cliCommand'), states, runs, answers: [], kills: [5000] });
  expect(ordered).toContain('one kill made 3 of lane central → ship1 cliCommand unknown, 1 could run');
  const unordered = check({ submitted: of('cliCommand*'), states, runs, answers: [], kills: [5000] });
  expect(unordered).toContain('3 of lane central → ship1 cliCommand* are unknown after 1 kills');
  expect(check({ submitted: of('cliCommand*'), states, runs, answers: [], kills: [1500, 5000] })).toEqual([]);
});

test('history checker - what may run again is never unknown, and runs at most once more for each kill', () => {
  const submitted = [message(1, { kind: 'rerun' })];
  const runs = [start(1), start(1, 2000), end(1, 2500)];
  const again = { submitted, runs, states: { id1: 'succeeded' }, answers: [answer(1)] };
  expect(check({ ...again, kills: [1500] })).toEqual([]);
  expect(check(again)).toContain('1 (id1) ran 2 times, at most 1 are allowed');
  expect(check({ ...again, states: { id1: 'unknown' }, answers: [], kills: [2100] })).toContain(
    '1 (id1) is unknown, although it may run again',
  );
});

test('history checker - what expired never ran', () => {
  const submitted = [message(1, { mayExpire: true })];
  const expired = { submitted, states: { id1: 'expired' }, answers: [] };
  expect(check({ ...expired, runs: [] })).toEqual([]);
  expect(check({ ...expired, runs: [start(1)] })).toContain('1 (id1) has expired, and ran');
});

test('history checker - what was not answered for may have run, once', () => {
  const submitted = [unanswered];
  expect(check({ submitted, runs: [], states: {}, answers: [] })).toEqual([]);
  expect(check({ submitted, runs: [start(9)], states: {}, answers: [answer(9)] })).toEqual([]);
  expect(check({ submitted, runs: [start(9), start(9)], states: {}, answers: [] })).not.toEqual([]);
});

test('history checker - lines that were appended come once and in order', () => {
  const submitted = [1, 2].map((number) => message(number, { kind: 'append', lane: 'fileAppend' }));
  const states = { id1: 'succeeded', id2: 'succeeded' };
  const line = (number: number): RunLine => start(number, Number.NaN);
  expect(check({ submitted, states, runs: [line(1), line(2)], answers: [] })).toEqual([]);
  expect(check({ submitted, states, runs: [line(2), line(1)], answers: [] })).not.toEqual([]);
  expect(check({ submitted, states, runs: [line(1), line(2), line(2)], answers: [] })).not.toEqual([]);
  expect(check({ submitted, states, runs: [line(1)], answers: [] })).not.toEqual([]);
});
