import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../../src/broker/operation.ts';
import { Parser } from '../../../src/broker/parser.ts';

const limits = { maxControlLine: 64, maxPayload: 100 };

/** What a parser makes of these chunks; payloads as text. */
function parse(chunks: readonly Buffer[]): readonly unknown[] {
  const operations: unknown[] = [];
  const parser = new Parser(limits, (operation: Operation) => {
    operations.push(
      operation.type === 'publish' ? { ...operation, frame: operation.frame.toString('latin1') } : operation,
    );
  });
  for (const chunk of chunks) parser.feed(chunk);
  return operations;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const script = bytes(
  'CONNECT {"echo":false}\r\nSUB a.* q 1\r\nPUB a.b r 5\r\nhello\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n' +
    'PUB a 0\r\n\r\nUNSUB 1 5\nPING\r\nPONG\r\n',
);

test('parser - reads every operation', () => {
  expect(parse([script])).toEqual([
    { type: 'connect', options: '{"echo":false}' },
    { type: 'subscribe', subject: 'a.*', queue: 'q', sid: '1' },
    { type: 'publish', subject: 'a.b', reply: 'r', headerSize: 0, size: 5, frame: 'hello\r\n' },
    { type: 'publish', subject: 'a', reply: '', headerSize: 12, size: 14, frame: 'NATS/1.0\r\n\r\nhi\r\n' },
    { type: 'publish', subject: 'a', reply: '', headerSize: 0, size: 0, frame: '\r\n' },
    { type: 'unsubscribe', sid: '1', max: 5 },
    { type: 'ping' },
    { type: 'pong' },
  ]);
});

test('parser - invariant 1: reads the same however the bytes are cut', () => {
  const whole = parse([script]);
  fc.assert(
    fc.property(fc.array(fc.nat(script.length), { maxLength: 30 }), (cuts) => {
      expect(parse(cut(script, cuts))).toEqual(whole);
    }),
  );
});

test('parser - invariant 1: reads the same one byte at a time', () => {
  expect(parse(Array.from(script, (byte) => Buffer.of(byte)))).toEqual(parse([script]));
});

test('parser - invariants 1 and 3: rubbish ends the same way however it is cut, and nothing follows the end', () => {
  const scrap = fc.oneof(
    fc.constantFrom(
      'PUB a 3\r\n',
      'abc\r\n',
      'HPUB a 2 3\r\n',
      'SUB a 1\r\n',
      'PING\r\n',
      '\r\n',
      ' ',
      'PUB a 101\r\n',
    ),
    fc.uint8Array({ maxLength: 100 }).map((noise) => Buffer.from(noise).toString('latin1')),
  );
  fc.assert(
    fc.property(fc.array(scrap, { maxLength: 10 }), fc.array(fc.nat(300), { maxLength: 20 }), (scraps, cuts) => {
      const input = bytes(scraps.join(''));
      const [whole, pieces] = [parse([input]), parse(cut(input, cuts))];
      // A line that nobody ended may be found out sooner when it comes in pieces; what was obeyed is the same.
      expect(obeyed(pieces)).toEqual(obeyed(whole));
      const violation = whole.findIndex(isViolation);
      if (violation !== -1) expect(violation).toBe(whole.length - 1);
    }),
  );
});

test('parser - invariant 2: a line that never ends is a violation as soon as it is too long', () => {
  const operations: Operation[] = [];
  const parser = new Parser(limits, (operation) => operations.push(operation));
  parser.feed(bytes('SUB '));
  for (let fed = 0; fed < 1_000 && operations.length === 0; fed += 1) parser.feed(bytes('a'));
  expect(operations).toMatchObject([{ type: 'violation', reply: 'maximum control line exceeded' }]);
});

test('parser - invariant 2: a payload that is too large is refused before it is read', () => {
  expect(parse([bytes('PUB a 101\r\n')])).toMatchObject([{ type: 'violation', reply: 'Maximum Payload Violation' }]);
});

test('parser - refuses what cannot become an operation without waiting for the end of the line', () => {
  for (const beginning of ['G', 'POS', 'PUT /', 'PUBX', 'INFO ', '+', '\0', 'CONNECTS']) {
    expect(parse([bytes(beginning)])).toMatchObject([{ type: 'violation', reply: 'Unknown Protocol Operation' }]);
  }
  for (const beginning of ['', 'P', 'hpu', 'PUB ', 'CONNECT {', 'unsub\t'])
    expect(parse([bytes(beginning)])).toEqual([]);
});

test('parser - invariant 3: obeys nothing after stop, not even the rest of the same chunk', () => {
  const operations: string[] = [];
  const parser: Parser = new Parser(limits, (operation) => {
    operations.push(operation.type);
    parser.stop();
  });
  parser.feed(bytes('PING\r\nPING\r\n'));
  parser.feed(bytes('PING\r\n'));
  expect(operations).toEqual(['ping']);
});

function cut(input: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [0, ...cuts.filter((place) => place < input.length).sort((a, b) => a - b), input.length];
  return places.slice(1).map((end, index) => input.subarray(places[index], end));
}

const isViolation = (operation: unknown): boolean => (operation as Operation).type === 'violation';

const obeyed = (operations: readonly unknown[]): readonly unknown[] =>
  operations.filter((operation) => !isViolation(operation));
