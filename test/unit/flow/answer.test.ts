import { expect, test } from 'vitest';
import { bodyOf } from '../../../src/flow/run-request.ts';

const none = Buffer.alloc(0);

test('answer - an output that comes alone is not copied, however large it is', () => {
  const output = Buffer.alloc(1_000_000, 'y');
  expect(bodyOf({ stdout: output, stderr: none })).toBe(output);
  expect(bodyOf({ stdout: none, stderr: output })).toBe(output);
});

test('answer - both outputs follow one another, standard output first', () => {
  expect(Buffer.from(bodyOf({ stdout: Buffer.from('out'), stderr: Buffer.from('err') })).toString()).toBe('outerr');
  expect(bodyOf({ stdout: none, stderr: none })).toHaveLength(0);
});
