import { expect, test } from 'vitest';
import { factAt, factValue } from '../../../src/methods/facts/fact-value.ts';
import { whyNot } from '../../../src/methods/facts/meets.ts';
import { readConditions, type FactCondition } from '../../../src/model/fact-condition.ts';

const facts = {
  system: 'linux',
  release: '6.1.0-13-amd64',
  addresses: ['10.0.0.1', 'fe80::1'],
  memory: { free: 1_500 },
  own: { role: 'spare', 'is-up': true, empty: null, nested: { list: [1, 2] } },
};

function asked(condition: object): string | undefined {
  const read = readConditions(condition);
  if ('problem' in read) throw new Error(read.problem.message);
  const [first] = read as readonly [FactCondition];
  return whyNot(first, { value: factAt(facts, first.fact) });
}

test.each([
  [{ fact: 'system', is: 'linux' }],
  [{ fact: 'system', is: ['darwin', 'linux'] }],
  [{ fact: 'system', isNot: ['darwin', 'win32'] }],
  [{ fact: 'addresses', is: 'fe80::1' }],
  [{ fact: 'memory.free', atLeast: 1_500, atMost: '1.5e3' }],
  [{ fact: 'memory.free', is: 1_500 }],
  [{ fact: 'release', atLeast: '6.1' }],
  [{ fact: 'release', atLeast: '6.1.0-12', atMost: 'v6.2' }],
  [{ fact: 'release', atMost: '6.1.0-13' }],
  [{ fact: 'own.is-up', is: true }],
  [{ fact: 'own.missing', exists: false }],
  [{ fact: 'own.missing', isNot: 'spare' }],
  [{ fact: 'own', exists: true }],
  [{ fact: 'own.nested.list', is: '2' }],
])('onlyIf - %j holds', (condition) => {
  expect(asked(condition)).toBeUndefined();
});

test.each([
  [{ fact: 'system', is: ['darwin', 'win32'] }, 'system is "linux", and has to be "darwin" or "win32"'],
  [{ fact: 'system', isNot: 'linux' }, 'system is "linux", and has to be something else than "linux"'],
  [{ fact: 'system', atLeast: 1 }, 'system is "linux", and has to be at least 1'],
  [{ fact: 'memory.free', atLeast: 1_501 }, 'memory.free is 1500, and has to be at least 1501'],
  [{ fact: 'memory.free', atLeast: 1, atMost: 1 }, 'memory.free is 1500, and has to be at most 1'],
  [{ fact: 'release', atLeast: '6.10' }, 'release is "6.1.0-13-amd64", and has to be at least 6.10'],
  [
    { fact: 'addresses', isNot: '10.0.0.1' },
    'addresses is ["10.0.0.1","fe80::1"], and has to be something else than "10.0.0.1"',
  ],
  [{ fact: 'own.missing', is: 'x' }, 'there is no fact own.missing, and has to be "x"'],
  [{ fact: 'own.missing', atMost: 9 }, 'there is no fact own.missing, and has to be at most 9'],
  [{ fact: 'own.role', exists: false }, 'own.role is "spare", and has to be absent'],
  [{ fact: 'constructor', exists: true }, 'there is no fact constructor, and has to be there'],
  [{ fact: '__proto__.system', exists: true }, 'there is no fact __proto__.system, and has to be there'],
  [{ fact: 'memory', is: '[object Object]' }, 'memory is {"free":1500}, and has to be "[object Object]"'],
  [{ fact: 'own.empty', atLeast: 0 }, 'own.empty is null, and has to be at least 0'],
])('onlyIf - %j does not, and says what is', (condition, reason) => {
  expect(asked(condition)).toBe(reason);
});

test('onlyIf - what could not be found out meets no condition, not even that it is absent', () => {
  const problem = { problem: 'exit code 3' };
  for (const condition of [{ exists: false }, { isNot: ['x'] }, { exists: true }, { atMost: '9' }])
    expect(whyNot({ fact: 'own.gps', ...condition }, problem)).toBe('own.gps could not be found out: exit code 3');
});

test.each([
  [{ fact: 'system', iz: 'x' }, 'has no "iz"', 'with is, isNot'],
  [{ fact: 'a..b', is: 'x' }, 'is the name of a fact', 'such as'],
  [{ is: 'x' }, 'is the name of a fact', 'such as'],
  [{ fact: 'system' }, 'nothing is said', 'such as'],
  [{ fact: 'system', is: { a: 1 } }, 'is is text', 'such as'],
  [{ fact: 'system', atLeast: 'big' }, 'atLeast is a number, or a version', 'such as'],
  [{ fact: 'system', is: 'x'.repeat(257) }, 'is is text', 'such as'],
  [{ fact: 'system', is: Array<string>(65).fill('x') }, 'up to 64', 'such as'],
  [Array.from({ length: 17 }, () => ({ fact: 'a', is: 'b' })), 'from 1 to 16', 'such as'],
  [[], 'from 1 to 16', 'such as'],
  ['system', 'is an object', 'such as'],
])('onlyIf - %j is refused', (value, message, hint) => {
  const read = readConditions(value);
  if (!('problem' in read)) throw new Error('it was taken');
  expect(read.problem.message).toContain(message);
  expect(read.problem.hint).toContain(hint);
});

test('facts - what a program says is put in order, and what is nested too deeply is refused', () => {
  expect(JSON.stringify(factValue(JSON.parse('{"b":{"z":1,"a":[{"y":1,"x":2}]},"a":"x","__proto__":{"c":1}}')))).toBe(
    '{"__proto__":{"c":1},"a":"x","b":{"a":[{"x":2,"y":1}],"z":1}}',
  );
  expect(() => factValue(JSON.parse(`${'['.repeat(8_000)}${']'.repeat(8_000)}`))).toThrow('nested more than 16 deep');
});
