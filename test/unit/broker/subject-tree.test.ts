import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SubjectTree, type Match } from '../../../src/broker/subject-tree.ts';

interface Entry {
  readonly subject: string;
  readonly queue: string;
  readonly name: number;
}

/** The rule of wildcards, told as plainly as can be. */
function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return subject.length === 0;
  if (first === '>') return subject.length > 0;
  if (subject[0] === undefined || (first !== '*' && first !== subject[0])) return false;
  return matches(rest, subject.slice(1));
}

function expected(entries: readonly Entry[], subject: string): readonly string[] {
  if (subject.split('.').includes('')) return [];
  const found = entries.filter((entry) => matches(entry.subject.split('.'), subject.split('.')));
  return found.map((entry) => `${entry.queue}/${entry.name}`).sort();
}

function shown({ plain, groups }: Match<Entry>): readonly string[] {
  for (const group of groups) expect(new Set(group.map((entry) => entry.queue)).size).toBe(1);
  expect(new Set(groups.map((group) => group[0]?.queue)).size).toBe(groups.length);
  return [...plain, ...groups.flat()].map((entry) => `${entry.queue}/${entry.name}`).sort();
}

const token = fc.constantFrom('a', 'b', 'c', 'a*');
const subject = fc
  .array(fc.oneof(token, fc.constantFrom('*', '>', '')), { minLength: 1, maxLength: 4 })
  .map((all) => all.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 3 }), fc.constantFrom([], ['>']))
  .map((parts) => parts.flat().join('.'));
const step = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), subject: pattern, queue: fc.constantFrom('', '', 'q', 'z') }),
  fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('match' as const), subject }),
);

test('subject tree - finds what the plain rule finds, whatever was inserted and removed before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tree = new SubjectTree<Entry>();
      const entries: Entry[] = [];
      for (const [name, each] of steps.entries()) {
        if (each.do === 'insert') {
          const entry = { subject: each.subject, queue: each.queue, name };
          entries.push(entry);
          tree.insert(entry);
        } else if (each.do === 'remove') {
          const [entry] = entries.splice(each.which, 1);
          if (entry !== undefined) tree.remove(entry);
        } else {
          expect(shown(tree.match(each.subject))).toEqual(expected(entries, each.subject));
        }
      }
    }),
  );
});

test('subject tree - invariant 1: a match stays as it was when a subscription goes', () => {
  const tree = new SubjectTree<Entry>();
  const entry = { subject: 'a', queue: '', name: 1 };
  tree.insert(entry);
  const match = tree.match('a');
  tree.remove(entry);
  expect(match.plain).toEqual([entry]);
  expect(tree.match('a').plain).toEqual([]);
});

test('subject tree - removes nothing when told to remove what it does not have', () => {
  const tree = new SubjectTree<Entry>();
  const entry = { subject: 'a.b', queue: '', name: 1 };
  tree.insert(entry);
  tree.remove({ subject: 'a.b.c', queue: '', name: 2 });
  tree.remove({ subject: 'a.b', queue: 'q', name: 3 });
  tree.remove({ ...entry });
  expect(tree.match('a.b').plain).toEqual([entry]);
});

test('subject tree - visits each branch once, however many wildcards there are', () => {
  const tree = new SubjectTree<Entry>();
  const deep = Array.from({ length: 1_000 }, () => '*').join('.');
  for (let name = 0; name < 20; name += 1) tree.insert({ subject: deep, queue: '', name });
  tree.insert({ subject: '>', queue: '', name: 20 });
  expect(tree.match(Array.from({ length: 1_000 }, () => 'a').join('.')).plain).toHaveLength(21);
});
