import { describe, expect, test } from 'vitest';
import { describeAllowed, readOption } from '../../../src/node/config/option-value.ts';
import { configOptions, findOption, type ConfigOption } from '../../../src/node/config/options.ts';

function option(key: string): ConfigOption {
  const found = findOption(key);
  if (found === undefined) throw new Error(`no option ${key}`);
  return found;
}

describe('readOption', () => {
  test.each([
    ['NodeName', 'ship1.fleet', 'ship1.fleet'],
    ['BrokerAddress', 'nats://127.0.0.1:4222', ['nats://127.0.0.1:4222']],
    [
      'BrokerAddress',
      'TLS://broker.example.com, 10.0.0.1:5000,nats://[::1]',
      ['tls://broker.example.com:4222', 'nats://10.0.0.1:5000', 'nats://[::1]:4222'],
    ],
    ['DefaultMessageTimeout', 10, 10_000],
    ['DefaultMessageTimeout', '10', 10_000],
    ['DefaultMessageTimeout', '90m', 5_400_000],
    ['DefaultMessageRetries', '-1', -1],
    ['DefaultMessageRetries', 3, 3],
    ['DefaultMethodTimeout', -1, -1],
    ['DefaultExpires', '30d', 2_592_000_000],
    ['Drain', 0, 0],
    ['OutputLimit', '16MiB', 16_777_216],
    ['OutputLimit', '1 k', 1024],
    ['OutputLimit', 500, 500],
    ['LogLevel', 'DEBUG', 'debug'],
    ['LogFormat', 'json', 'json'],
    ['NkeySeedFile', '', ''],
    ['MethodModules', '', ''],
    ['ErrorPostUrl', 'https://user:pass@hooks.example.com/x?key=1', 'https://user:pass@hooks.example.com/x?key=1'],
    ['MethodModules', '/etc/a.mjs, b.mjs', ['/etc/a.mjs', 'b.mjs']],
    ['MethodModules', ['/etc/with, comma.mjs', 'b.mjs', 'b.mjs'], ['/etc/with, comma.mjs', 'b.mjs']],
    ['MaxRunning', '64', 64],
  ])('reads %s from %j', (key, raw, value) => {
    expect(readOption(option(key), raw)).toEqual({ value });
  });

  test.each([
    ['NodeName', 'my ship', /try "my-ship"/],
    ['NodeName', '', /letters/],
    ['NodeName', 5, /name of a node/],
    ['BrokerAddress', 'http://x', /nats:\/\//],
    ['BrokerAddress', 'nats://x:99999', /nats:\/\//],
    ['BrokerAddress', 'nats://x/y', /nats:\/\//],
    ['BrokerAddress', '', /nats:\/\//],
    ['BrokerAddress', 'a,,b', /nats:\/\//],
    ['DefaultMessageTimeout', 0, /from 1ms to 3650d/],
    ['DefaultMessageTimeout', -1, /seconds/],
    ['DefaultMessageTimeout', 'soon', /seconds/],
    ['DefaultMessageTimeout', true, /seconds/],
    ['DefaultMessageRetries', -2, /-1: until the message expires/],
    ['DefaultMessageRetries', 1.5, /whole number/],
    ['DefaultMessageRetries', '1e3', /whole number/],
    ['DefaultExpires', '11000d', /3650d/],
    ['OutputLimit', '1GiB', /67108864/],
    ['OutputLimit', 'much', /bytes/],
    ['ErrorPostUrl', 'hooks.example.com', /such as https/],
    ['ErrorPostUrl', 'ftp://hooks.example.com', /such as https/],
    ['MethodModules', ['a.mjs', 5], /paths, at most 100/],
    ['MethodModules', 'a.mjs,,b.mjs', /paths/],
    ['MethodModules', Array.from({ length: 101 }, (_, index) => `${index}.mjs`), /paths/],
    ['LogLevel', 'loud', /one of debug, info, warn, error/],
    ['LogLevel', ['info'], /one of/],
    ['SocketFolder', '', /text/],
    ['SocketFolder', 'a\0b', /text/],
    ['MaxRunning', 0, /from 1 to 10000/],
  ])('refuses %s = %j and says what it takes', (key, raw, allowed) => {
    const read = readOption(option(key), raw);
    expect(read).toMatchObject({ allowed: expect.stringMatching(allowed) as string });
  });

  test('does not repeat an address that holds a password', () => {
    expect(JSON.stringify(readOption(option('BrokerAddress'), 'nats://user:geheim@host'))).not.toContain('geheim');
  });
});

describe('configOptions', () => {
  test('has defaults that are allowed', () => {
    const checked = configOptions.filter(({ key }) => key !== 'NodeName');
    expect(checked.length).toBeGreaterThan(15);
    const wrong = checked.filter((entry) => 'problem' in readOption(entry, entry.default));
    expect(wrong.map(({ key }) => key)).toEqual([]);
  });

  test('has one flag and one variable for each key, made of the same words', () => {
    for (const { key, flag, env } of configOptions) {
      expect(flag.replaceAll('-', '')).toBe(key.toLowerCase());
      expect(env).toBe(`STEWARD_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`);
    }
  });

  test('says in words what each option takes', () => {
    for (const entry of configOptions) expect(describeAllowed(entry)).not.toBe('');
  });
});
