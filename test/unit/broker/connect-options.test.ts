import { expect, test } from 'vitest';
import { defaultConnectOptions, readConnectOptions } from '../../../src/broker/connect-options.ts';

test('connect options - take what is said and keep the rest', () => {
  const read = readConnectOptions('{"verbose":false,"no_responders":true,"lang":"x"}', defaultConnectOptions);
  expect(read).toEqual({ ...defaultConnectOptions, verbose: false, noResponders: true });
});

test.each(['', '{', '[]', 'null', '7', '"x"', '{"echo":1}', '{"headers":"true"}'])(
  'connect options - %s is none',
  (text) => {
    expect(readConnectOptions(text, defaultConnectOptions)).toBeUndefined();
  },
);
