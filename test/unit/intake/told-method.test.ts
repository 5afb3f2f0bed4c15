// What intake knows of own methods: what nodes have told, and what this one has.
import { expect, test } from 'vitest';
import { atOnce } from '../../../src/base/turns.ts';
import { parsingOf } from '../../../src/intake/parse-message-file.ts';
import { StewardError } from '../../../src/model/error.ts';
import type { OwnList } from '../../../src/model/own-method.ts';
import { defaults, ping, refused } from './parse.ts';

const disk = {
  name: 'disk',
  description: { summary: 'x', args: [{ name: 'path', type: 'text' }], unordered: true },
} as const;
const told: OwnList = { own: [disk], more: 0 };

function parsed(
  fields: Record<string, unknown>,
  more: object = {},
  list: OwnList | undefined = told,
): ReturnType<typeof take> {
  return take(ping(fields), { ...defaults, node: 'central', ownMethodsOf: () => list, ...more });
}

function take(file: object, of: Parameters<typeof parsingOf>[1]['defaults']) {
  return atOnce(parsingOf(JSON.stringify(file), { defaults: of }));
}

test('own methods at intake - names match without regard to case', () => {
  expect(parsed({ method: 'own.DISK', methodArgs: ['/'] }).drafts[0]?.message.unordered).toBe(true);
  expect(() => parsed({ method: 'own.DISK', methodArgs: [] })).toThrow(/DISK of ship1: the argument path is missing/);
});

test('own methods at intake - one that its node did not tell of is taken with a warning, unless not all were told', () => {
  expect(parsed({ method: 'own.disc' }).warnings).toEqual([
    'ship1 told of no own method "disc": it fails if there is none by now; did you mean disk? ("steward methods ship1" asks anew)',
  ]);
  expect(parsed({ method: 'own.disc' }, {}, { own: [disk], more: 3 }).warnings).toEqual([]);
  expect(parsed({ method: 'own.disk', methodArgs: ['/'] }).warnings).toEqual([]);
  const many = { toNode: undefined, toNodes: ['ship1', 'ship2', 'ship3'], method: 'own.nope' };
  expect(parsed(many).warnings).toEqual([
    expect.stringMatching(/^ship1 told of no own method "nope", nor did 2 other nodes: /),
  ]);
});

test('own methods at intake - one that this node does not have is refused where it is for itself', () => {
  const here = { hasOwnMethod: (name: string) => name === 'disk', ownMethodsOf: () => undefined };
  const error = (fields: Record<string, unknown>): unknown => {
    try {
      return parsed(fields, here).drafts.length;
    } catch (thrown) {
      return thrown instanceof StewardError ? { message: thrown.message, field: thrown.place?.field } : thrown;
    }
  };
  const message = expect.stringMatching(/this node has no own method "nope"/) as string;
  expect(error({ toNode: 'central', method: 'own.nope' })).toEqual({ message, field: 'method' });
  expect(error({ toNode: 'central', method: 'own', methodArgs: ['nope'] })).toEqual({
    message,
    field: 'methodArgs[0]',
  });
  expect(error({ toNode: 'central', method: 'own.disk' })).toBe(1);
  expect(error({ toNode: 'ship1', method: 'own.nope' })).toBe(1);
});

test('own methods at intake - mistakes are told in words that fit', () => {
  expect(refused(ping({ method: 'own' })).hint).toMatch(/\["disk", "\/"\]; or "method": "own\.disk"/);
  expect(refused(ping({ method: `own.${'n'.repeat(200)}` })).message).toMatch(/its name has more than 64 characters/);
});
