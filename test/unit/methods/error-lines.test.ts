import { expect, test } from 'vitest';
import { errorLines } from '../../../src/methods/files/error-lines.ts';
import { targetSegments } from '../../../src/methods/files/target-path.ts';
import { packErrors, type TravellingError } from '../../../src/model/error-batch.ts';
import { newRequest } from './new-request.ts';

const plain: TravellingError = {
  kind: 'kind1',
  code: 'link-down',
  lane: null,
  id: null,
  text: 'link: down, messages wait (broker b)',
  hint: null,
  count: 1,
  firstAt: 0,
  lastAt: 0,
};

test('error lines - one for each kind, as the original wrote them, with its count', () => {
  const again = {
    ...plain,
    code: 'lane-restarted',
    lane: 'cliCommand',
    text: 'it starts again',
    count: 312,
    lastAt: 60_000,
  };
  const request = newRequest({ method: 'errorLog' }, packErrors([plain, again]));
  expect(Buffer.from(errorLines(request)).toString()).toBe(
    `1970-01-01T00:00:00.000Z, node: ship1, error: link-down: link: down, messages wait (broker b)
1970-01-01T00:01:00.000Z, node: ship1, error: lane-restarted: it starts again, lane cliCommand, 312 times since 1970-01-01T00:00:00.000Z
`,
  );
});

test('error lines - a clock that is far off is written as it is', () => {
  const request = newRequest({ method: 'errorLog' }, packErrors([{ ...plain, lastAt: Number.MAX_SAFE_INTEGER }]));
  expect(Buffer.from(errorLines(request)).toString()).toMatch(/^9007199254740991 ms, node: ship1, error: /);
});

test('error lines - what is no list of errors fails, and names no line', () => {
  expect(() => errorLines(newRequest({ method: 'errorLog' }, Buffer.from('x')))).toThrow(/no list of errors/);
});

test('error lines - all nodes share the file of the original, whatever the message says of one', () => {
  const { message } = newRequest({ method: 'errorLog', directory: 'elsewhere', fileName: 'mine' });
  expect(targetSegments(message)).toEqual(['errorLog', 'errorCentral', 'error.log']);
});
