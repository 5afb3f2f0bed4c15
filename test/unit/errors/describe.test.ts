import { expect, test } from 'vitest';
import { describe, isAboutErrorLog } from '../../../src/errors/describe.ts';
import { errorReport, type ErrorReport } from '../../../src/model/error-report.ts';
import { unpackErrors, packErrors } from '../../../src/model/error-batch.ts';
import { Kinds } from '../../../src/errors/counted.ts';

function reported(text: string, data: Readonly<Record<string, unknown>> = {}): ErrorReport {
  return errorReport({ code: 'frame-dropped', text, data }, { node: 'ship1', at: 7 });
}

const keyOf = (text: string, data?: Readonly<Record<string, unknown>>): string => describe(reported(text, data)).key;

test('describe - an error is one line, with what was reported beside it', () => {
  const data = {
    lane: 'ping',
    id: 'i',
    hint: 'h',
    node: 'central',
    reason: 'it is\nso',
    dropped: 1000,
    more: { x: 1 },
    no: undefined,
  };
  expect(describe(reported('a frame\twas dropped', data)).text).toBe(
    'a frame was dropped (node central, reason it is so, dropped 1000)',
  );
});

test('describe - numbers and ids make no kind of their own', () => {
  expect(keyOf('dropped 17 of 3.5', { run: 'central/01m81s35yg9sy5s75k40' })).toBe(
    keyOf('dropped 9000 of 11.25', { run: 'central/01m81s3hkpe7ht16xb5g' }),
  );
});

test('describe - words, lanes and the node that it is about do', () => {
  const keys = [
    keyOf('dropped'),
    keyOf('lost'),
    keyOf('dropped', { reason: 'late' }),
    keyOf('dropped', { reason: 'early' }),
    keyOf('dropped', { lane: 'ping' }),
    keyOf('dropped', { lane: 'console' }),
    keyOf('dropped', { node: 'ship1' }),
    keyOf('dropped', { node: 'ship2' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test('describe - whatever is reported, central can read it', () => {
  const kinds = new Kinds();
  const long = '\u0000\u001b[31m"🚢\n'.repeat(100_000);
  const counted = kinds.count(reported(long, { lane: long, id: long, hint: long, reason: long, node: long }), 0);
  const { kind, code, lane, id, text, hint, firstAt, lastAt } = counted;
  const error = { kind, code, lane, id, text, hint, count: 1, firstAt, lastAt };
  expect(unpackErrors(packErrors([error]))).toEqual([error]);
});

test('describe - what is about errorLog itself is known by its lane or method', () => {
  const about = (data: Readonly<Record<string, unknown>>): boolean => isAboutErrorLog(reported('x', data));
  expect(
    [{ lane: 'errorLog' }, { lane: '-errorLog*' }, { lane: 'none<errorLog' }, { method: 'errorLog' }].map(about),
  ).toEqual([true, true, true, true]);
  expect([{}, { lane: 'fileAppend<cliCommand' }, { method: 'ping' }].map(about)).toEqual([false, false, false]);
});
