import { expect, test } from 'vitest';
import { Load } from '../../../src/flow/load.ts';

const one = (bytes: number): { messages: number; bytes: number } => ({ messages: 1, bytes });

test('load - counts by node and in all', () => {
  const load = new Load();
  load.add('a', one(10));
  load.add('a', one(5));
  load.add('b', one(1));
  load.remove('a', one(10));
  expect([load.of('a'), load.of('b'), load.of('c'), load.total]).toEqual([
    one(5),
    one(1),
    { messages: 0, bytes: 0 },
    { messages: 2, bytes: 6 },
  ]);
});

test('load - where the last message of a node has gone, no bytes of it are left', () => {
  const load = new Load();
  load.add('a', one(10));
  load.remove('a', one(3));
  load.remove('a', one(3));
  expect([load.of('a'), load.total]).toEqual([
    { messages: 0, bytes: 0 },
    { messages: 0, bytes: 0 },
  ]);
});

test('load - what comes and goes while the store counts is added to what it has counted', () => {
  const load = new Load();
  load.add('a', one(1));
  const first = load.recount('a');
  load.add('a', one(20));
  const second = load.recount('a');
  load.remove('a', one(1));
  load.add('b', one(7));
  first.found({ messages: 5, bytes: 100 });
  expect(load.of('a')).toEqual({ messages: 5, bytes: 119 });
  second.found({ messages: 6, bytes: 120 });
  expect([load.of('a'), load.of('b'), load.total]).toEqual([
    { messages: 5, bytes: 119 },
    one(7),
    { messages: 6, bytes: 126 },
  ]);
});

test('load - of a question that was dropped nothing is kept', () => {
  const load = new Load();
  load.add('a', one(1));
  const first = load.recount('a');
  const second = load.recount('a');
  first.dropped();
  expect(load.underWay).toBe(1);
  load.add('a', one(20));
  second.found({ messages: 5, bytes: 100 });
  expect([load.of('a'), load.underWay]).toEqual([{ messages: 6, bytes: 120 }, 0]);
});
