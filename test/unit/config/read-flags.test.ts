import { describe, expect, test } from 'vitest';
import { checkFlags, readFlags } from '../../../src/node/config/read-flags.ts';

describe('readFlags', () => {
  test.each([
    [['--node-name', 'ship1'], { NodeName: 'ship1' }],
    [['--node-name=ship1'], { NodeName: 'ship1' }],
    [['-nodeName', 'ship1'], { NodeName: 'ship1' }],
    [['--nodeName=ship1'], { NodeName: 'ship1' }],
    [['-nodeName=a=b'], { NodeName: 'a=b' }],
    [['--NODE_NAME', 'ship1'], { NodeName: 'ship1' }],
    [['--default-message-retries', '-1'], { DefaultMessageRetries: '-1' }],
    [['--drain', '1', '--drain', '2'], { Drain: '2' }],
    [['--nkey-seed-file='], { NkeySeedFile: '' }],
    [['-rootCAPath', 'ca.pem'], { RootCAPath: 'ca.pem' }],
  ])('reads %j', (words, flags) => {
    expect(readFlags(words)).toEqual({ flags, rest: [] });
  });

  test('leaves every other word, and all behind --', () => {
    expect(readFlags(['--json', 'x', '--drain', '5', '-h', '--', '--drain', '6'])).toEqual({
      flags: { Drain: '5' },
      rest: ['--json', 'x', '-h', '--', '--drain', '6'],
    });
  });

  test('refuses a flag without its value', () => {
    expect(() => readFlags(['--log-level'])).toThrow(
      expect.objectContaining({ code: 'invalid-usage', hint: 'one of debug, info, warn, error' }),
    );
  });

  test('never takes a password as a flag, nor repeats it', () => {
    expect(() => readFlags(['--broker-password', 'geheim'])).toThrow(/--broker-password does not exist/);
    expect(() => readFlags(['--broker-password=geheim'])).not.toThrow(/geheim/);
    expect(() => checkFlags({ brokerPassword: 'geheim' })).toThrow(/does not exist/);
  });
});

describe('checkFlags', () => {
  test('knows a flag in any spelling', () => {
    expect(checkFlags({ nodeName: 'a', drain: '5', DefaultExpires: '1d' })).toEqual({
      NodeName: 'a',
      Drain: '5',
      DefaultExpires: '1d',
    });
  });

  test('refuses one that it does not know, with the nearest', () => {
    expect(() => checkFlags({ nodName: 'a' })).toThrow(expect.objectContaining({ code: 'invalid-usage' }));
    expect(() => checkFlags({ '--nod-name': 'a' })).toThrow(
      expect.objectContaining({ hint: 'did you mean --node-name?' }),
    );
  });
});
