import { describe, expect, test } from 'vitest';
import { maxErrorBatchBytes, packErrors, unpackErrors, type TravellingError } from '../../../src/model/error-batch.ts';

const plain: TravellingError = {
  kind: 'kind-1_A',
  code: 'lane-restarted',
  lane: null,
  id: null,
  text: 'a lane starts again',
  hint: null,
  count: 1,
  firstAt: 5,
  lastAt: 5,
};
const full: TravellingError = {
  ...plain,
  lane: 'none<cliCommand',
  id: '0'.repeat(20),
  hint: 'look',
  count: 10_000,
  lastAt: 9,
  text: 'with "quotes", \\ and 🚢',
};

describe('error batch', () => {
  test('error batch - what is packed comes back', () => {
    expect(unpackErrors(packErrors([plain, full]))).toEqual([plain, full]);
    expect(unpackErrors(packErrors([]))).toEqual([]);
  });

  test('error batch - of a newer node a code that is not known here, and keys that are not, are taken', () => {
    const body = Buffer.from('[{"k":"k","c":"not-known-yet","t":"x","a":1,"new":[1]}]');
    expect(unpackErrors(body)).toEqual([
      { ...plain, kind: 'k', code: 'not-known-yet', text: 'x', firstAt: 1, lastAt: 1 },
    ]);
  });

  test.each([
    '',
    'no JSON',
    '{}',
    'null',
    '[null]',
    '[1]',
    '[[]]',
    '[{}]',
    '[{"k":"","c":"c","t":"x","a":1}]',
    '[{"k":"k k","c":"c","t":"x","a":1}]',
    '[{"k":"k","c":"C","t":"x","a":1}]',
    '[{"k":"k","c":"c\\nc","t":"x","a":1}]',
    '[{"k":"k","c":"c","t":1,"a":1}]',
    `[{"k":"k","c":"c","t":"${'x'.repeat(241)}","a":1}]`,
    '[{"k":"k","c":"c","t":"x\\n","a":1}]',
    '[{"k":"k","c":"c","t":"x\\u001b[0m","a":1}]',
    '[{"k":"k","c":"c","t":"x","a":-1}]',
    '[{"k":"k","c":"c","t":"x","a":1.5}]',
    '[{"k":"k","c":"c","t":"x","a":1,"n":0}]',
    '[{"k":"k","c":"c","t":"x","a":1,"n":9007199254740993}]',
    '[{"k":"k","c":"c","t":"x","a":1,"l":7}]',
    '[{"k":"k","c":"c","t":"x","a":1,"i":"000000000000000000000"}]',
    '[{"k":"k","c":"c","t":"x","a":1},{"k":"k"}]',
  ])('error batch - what is no list of errors is not read: %s', (text) => {
    expect(unpackErrors(Buffer.from(text))).toBeUndefined();
  });

  test('error batch - more than anybody sends is not read', () => {
    expect(unpackErrors(Buffer.from(`[${' '.repeat(4 * maxErrorBatchBytes)}]`))).toBeUndefined();
  });
});
