import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mostBodyBytes,
  mostHttpGetOptions,
  mostRedirects,
  readHttpGetArgs,
  type HttpGet,
} from '../../../src/model/http-get-args.ts';

const address = 'http://127.0.0.1:9000/metrics?a=b';

function read(...args: readonly string[]): HttpGet {
  const reading = readHttpGetArgs(args);
  if ('problem' in reading) throw new Error(reading.problem.message);
  return reading.get;
}

const texts = fc.string({ unit: 'binary', maxLength: 60 });
const names = fc.constantFrom('include', 'header', 'redirects', 'limit', 'Header', 'LIMIT', 'fail', '');
const options = fc.oneof(
  texts,
  fc.tuple(names, texts).map(([name, value]) => `${name}=${value}`),
  fc.tuple(texts, texts).map(([name, value]) => `header=${name}:${value}`),
  fc.tuple(names, fc.integer()).map(([name, value]) => `${name}=${value}`),
);
const addresses = fc.oneof(
  texts,
  fc.webUrl(),
  texts.map((rest) => `http://${rest}`),
);

test('httpGet - whatever the arguments are, they mean something or there is a problem with its place', () => {
  fc.assert(
    fc.property(fc.array(options, { maxLength: 80 }), fc.option(addresses, { nil: undefined }), (rest, first) => {
      const args = first === undefined ? [] : [first, ...rest];
      const reading = readHttpGetArgs(args);
      if ('problem' in reading) {
        const { message, hint, element } = reading.problem;
        expect(message.length).toBeGreaterThan(0);
        expect(hint.length).toBeGreaterThan(0);
        expect(element === undefined ? args.length : args[element]).toBeDefined();
        return;
      }
      const { url, headers, redirects, limit = 1 } = reading.get;
      expect(url.protocol).toMatch(/^https?:$/);
      expect(headers.length).toBeLessThanOrEqual(mostHttpGetOptions);
      for (const part of headers.flat()) expect(part).not.toMatch(/[\0\r\n]/);
      expect(redirects >= 0 && redirects <= mostRedirects).toBe(true);
      expect(limit >= 1 && limit <= mostBodyBytes).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('httpGet - an address alone has the usual options', () => {
  expect(read(address)).toEqual({ url: new URL(address), include: false, headers: [], redirects: 5 });
});

test('httpGet - options are read in any order and case', () => {
  expect(
    read(
      address,
      'LIMIT=100',
      'header=Accept: text/plain',
      'Include',
      'Redirects=0',
      'HEADER=x-a:b = c',
      'header=X-A: d',
    ),
  ).toEqual({
    url: new URL(address),
    include: true,
    headers: [
      ['Accept', 'text/plain'],
      ['x-a', 'b = c'],
      ['X-A', 'd'],
    ],
    redirects: 0,
    limit: 100,
  });
});

describe('httpGet - refuses', () => {
  test.for([
    [[], /needs an address/, undefined],
    [['example.org/x'], /"example.org\/x" is no address/, 0],
    [['http://'], /is no address/, 0],
    [['ftp://example.org/'], /is no address of http or https/, 0],
    [['localhost:9000/'], /is no address of http or https/, 0],
    [['http://example.org/\nx'], /no control characters/, 0],
    [[address, 'fail=no'], /no option "fail"/, 1],
    [[address, ''], /no option ""/, 1],
    [[address, 'include=yes'], /takes no value/, 1],
    [[address, 'include', 'redirects=21'], /redirects cannot be "21"/, 2],
    [[address, 'redirects'], /redirects cannot be ""/, 1],
    [[address, 'redirects=1', 'redirects=1'], /given twice/, 2],
    [[address, 'limit=0'], /limit cannot be "0"/, 1],
    [[address, 'limit=67108865'], /limit cannot be/, 1],
    [[address, 'limit=1MB'], /limit cannot be "1MB"/, 1],
    [[address, 'header=Accept'], /"Accept" is no header/, 1],
    [[address, 'header=: x'], /is no header/, 1],
    [[address, 'header=A b: x'], /is no header/, 1],
    [[address, 'header=A: x\r\nB: y'], /control characters/, 1],
    [[address, 'header=Transfer-Encoding: chunked'], /set by the node/, 1],
    [[address, 'header=Host: a', 'header=host: b'], /Host is given twice/, 2],
    [[address, ...Array.from({ length: 65 }, () => 'include')], /at most 64 options/, 65],
  ] as const)('%j', ([args, message, element]) => {
    const reading = readHttpGetArgs(args);
    expect(reading).toMatchObject({ problem: { message: expect.stringMatching(message) as string } });
    expect('problem' in reading && reading.problem.element).toBe(element);
  });
});
