// The way of a message: which are refused, and with which words; and the way to each node of a group.
import { describe, expect, test } from 'vitest';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';

const defaults = {
  node: 'central',
  ackTimeoutMs: 10_000,
  retries: -1,
  methodTimeoutMs: 10_000,
  expiresMs: 1_000_000,
  membersOf: () => ['gateway', 'island', 'far'],
};

const ways = (fields: object): readonly (readonly string[] | undefined)[] =>
  parseMessageFile(JSON.stringify([{ toNode: 'island', method: 'ping', ...fields }]), { defaults }).map(
    ({ message }) => message.via,
  );

describe('way', () => {
  test.each([
    [['gateway'], ['gateway']],
    ['gateway', ['gateway']],
    ['gateway1, gateway2', ['gateway1', 'gateway2']],
    ['', undefined],
    [[], undefined],
  ] as const)('way - %j is %j', (via, way) => {
    expect(ways({ via })).toEqual([way]);
  });

  test.each([
    [['central'], /a way that comes to central twice leads nowhere: central, central, island/],
    [['island'], /a way that comes to island twice/],
    [['a', 'a'], /a way that comes to a twice/],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'], /a way over 9 nodes \(at most 8 are possible\)/],
    [[7], /the name of a node is text/],
    [7, /the name of a node is text/],
    [{}, /the name of a node is text/],
    ['gate way', /cannot be a node name/],
    [',', /cannot be a node name/],
  ] as const)('way - %j is refused', (via, words) => {
    expect(() => ways({ via })).toThrow(words);
  });

  test('way - what wants no ACK has none', () => {
    expect(() => ways({ via: 'gateway', ACKTimeout: 0 })).toThrow(/is carried by nobody/);
  });

  test('way - of a group the gateway itself is reached by what is before it', () => {
    expect(ways({ toNode: '@all', via: 'gateway' })).toEqual([undefined, ['gateway'], ['gateway']]);
    expect(ways({ toNode: '@all', via: ['first', 'gateway'] })).toEqual([
      ['first'],
      ['first', 'gateway'],
      ['first', 'gateway'],
    ]);
  });
});
