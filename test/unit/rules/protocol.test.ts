// docs/protocol.md against the code: keys on the wire, states, bounds, the store's tables.
import { expect, test } from 'vitest';
import { packErrors } from '../../../src/model/error-batch.ts';
import type { Message } from '../../../src/model/message.ts';
import { mayFollow, messageStates } from '../../../src/model/state.ts';
import { schema } from '../../../src/store/schema.ts';
import { ackFrame } from '../../../src/wire/ack.ts';
import { askFrame } from '../../../src/wire/ask.ts';
import { batchFrame, type Address } from '../../../src/wire/batch.ts';
import { frameTypes, wireVersion } from '../../../src/wire/frame.ts';
import { helloFrame } from '../../../src/wire/hello.ts';
import { packHead } from '../../../src/wire/message-head.ts';
import { sealHead } from '../../../src/wire/message-seal.ts';
import { packSchedule } from '../../../src/wire/schedule.ts';
import { pieceFrame } from '../../../src/wire/piece.ts';
import { codeSpans, tableUnder, tablesUnder } from './markdown.ts';
import { filesIn, readText, withoutComments } from './tree.ts';

const page = readText('docs/protocol.md');
const id = '00000000000000000000';

const address: Address = {
  from: 'central',
  to: 'ship1',
  incarnation: 'i',
  boot: 'b',
  known: 'k',
  nonce: 'n',
  challenge: 'c',
};

/** Nothing in it is the default, so that every key is written. */
const message: Message = {
  id,
  from: 'central',
  to: 'ship1',
  method: 'cliCommand',
  args: ['true'],
  unordered: false,
  rerun: 'always',
  ackTimeoutMs: 1,
  retries: 1,
  retryWaitMs: 1,
  expiresMs: 1,
  methodTimeoutMs: 1,
  methodRetries: 1,
  methodRetryWaitMs: 1,
  directory: 'd',
  fileName: 'n',
  description: 'c',
  endsNode: true,
  isTimeOpen: true,
  detach: true,
  settings: { cwd: 'c', env: { E: 'e' }, user: 'u', onlyIf: ['i'] },
  stdinFile: 'i',
  largeOutput: true,
  schedule: {
    when: { type: 'cron', pattern: '0 3 * * *', timezone: 'UTC' },
    catchUp: 'all',
    overlap: true,
    jitterMs: 1,
  },
  runOf: { id, number: 1, due: 1 },
  onlyIfFact: [{ fact: 'system', is: ['linux'] }],
  bodySize: 1,
  reply: {
    method: 'file',
    args: ['a'],
    ackTimeoutMs: 1,
    retries: 1,
    retryWaitMs: 1,
    methodTimeoutMs: 1,
    partsTo: 'central',
  },
  answerOf: { id, method: 'ping', from: 'ship1', outcome: { state: 'failed', stdoutBytes: 1, stderrBytes: 1 } },
  replyTo: {
    id,
    part: 1,
    isAsked: false,
    run: 1,
    due: 1,
    method: 'ping',
    outcome: {
      state: 'failed',
      exitCode: 1,
      signal: 'SIGKILL',
      startedAt: 1,
      durationMs: 1,
      stdoutBytes: 1,
      stderrBytes: 1,
      reason: 'x',
      attempts: 2,
      streamed: { parts: 1, stdoutBytes: 1, stderrBytes: 1 },
    },
  },
};

const { replyTo: _reply, ...request } = message;
const order: Message = { ...request, method: 'opProcessStop' };
const word: Message = {
  ...request,
  method: 'none',
  via: ['gateway'],
  passage: { id, to: 'island', method: 'ping', state: 'carried', hop: 'gateway', reason: 'x' },
};
const sealed = read(sealHead(packHead(word), word, Uint8Array.of(1)));

type Head = Readonly<Record<string, unknown>>;

function read(text: string): Head {
  return JSON.parse(text) as Head;
}

function inside(head: Head, ...path: readonly (string | number)[]): Head {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], head) as Head;
}

const point = { lane: 'cliCommand', epoch: 'e', base: 0 };
const head = read(packHead(message));
const ask = read(askFrame({ ...address, lanes: [point] }).head);
const ack = read(
  ackFrame({
    ...address,
    held: 1,
    hint: 'd',
    lanes: [
      {
        lane: 'cliCommand',
        epoch: 'e',
        nonce: 'other',
        last: 1,
        tag: 'g',
        exceptions: [{ position: 1, kind: 'voided', reason: '' }],
        stopped: true,
        anew: true,
        running: [{ id, at: 1 }],
      },
    ],
    pieces: [{ id, have: 1 }],
  }).head,
);
const written: Readonly<Record<string, Head>> = {
  Batch: read(batchFrame({ ...address, ...point, first: 1, tag: 'g', items: [] }).head),
  // A reply is never in the lane of orders.
  'Message head': { ...head, ...read(packHead(order)), ...sealed },
  'How a command is run': inside(head, 'O'),
  'Schedule of a message': {
    ...inside(head, 'S'),
    ...packSchedule({
      when: { type: 'every', intervalMs: 1000, totalMs: 1000 },
      catchUp: 'once',
      overlap: false,
      jitterMs: 0,
    }),
  },
  'Run of a schedule': inside(head, 'o'),
  Passage: inside(sealed, 'b'),
  'Reply wish': inside(head, 'p'),
  'Reply to': inside(head, 'q'),
  Outcome: inside(head, 'q', 'o'),
  Ask: ask,
  'Ask lane': inside(ask, 'a', 0),
  Ack: ack,
  Standing: inside(ack, 'a', 0),
  Piece: read(pieceFrame({ ...address, id, size: 1, offset: 0, bytes: Uint8Array.of(1) }).head),
  Errors: inside(
    JSON.parse(
      Buffer.from(
        packErrors([{ kind: 'k', code: 'c', lane: 'l', id, text: 't', hint: 'h', count: 2, firstAt: 1, lastAt: 2 }]),
      ).toString(),
    ) as Head,
    0,
  ),
  Hello: read(helloFrame({ from: 'ship1', incarnation: 'i', boot: 'b', version: '1', groups: ['north'] }).head),
};

/** The keys of the table below a heading; "address" stands for all of the address. */
function keysUnder(heading: string): readonly string[] {
  return tableUnder(page, heading).rows.flatMap(([key = '']) =>
    key === 'address' ? keysUnder('Address') : codeSpans(key),
  );
}

for (const [heading, keys] of Object.entries(written)) {
  test(`protocol - the table "${heading}" has exactly the keys that are written`, () => {
    expect([...keysUnder(heading)].sort()).toEqual(Object.keys(keys).sort());
  });
}

test('protocol - every key that a decoder reads is in a table', () => {
  const documented = new Set(['Address', ...Object.keys(written)].flatMap(keysUnder));
  const sources = filesIn('src/wire').map((file) => withoutComments(readText(file)));
  const keys = sources.flatMap((source) =>
    [
      ...source.matchAll(/(?:\b[a-zA-Z]+\((?:head|from|standing|point), |\b(?:head|from|standing|point)\[)'(\w+)'/g),
    ].map(([, key = '']) => key),
  );
  expect(keys.length).toBeGreaterThan(50);
  expect(keys.filter((key) => !documented.has(key))).toEqual([]);
});

test('protocol - version and types of frames are those of the code', () => {
  const rows = tablesUnder(page, 'Frame')[0]?.rows ?? [];
  expect(rows[0]?.[1]).toBe(`version of the format: ${wireVersion}`);
  const types = Object.entries(frameTypes).map(([name, number]) => `${number} ${name}`);
  expect(rows[1]?.[1]).toBe(`type: ${types.join(', ')}`);
});

test('protocol - the transitions are those that the store allows', () => {
  const [transitions] = tablesUnder(page, 'States');
  const told = Object.fromEntries(
    (transitions?.rows ?? []).map(([from = '', to = '']) => [codeSpans(from)[0] ?? '', codeSpans(to)]),
  );
  const allowed = messageStates.map((from) => [from, messageStates.filter((to) => mayFollow(from, to))] as const);
  expect(Object.keys(told)).toEqual(expect.arrayContaining([...messageStates]));
  for (const [from, to] of allowed)
    expect({ from, to: [...(told[from] ?? [])].sort() }).toEqual({ from, to: [...to].sort() });
});

test('protocol - it says of every state when a message comes into it', () => {
  const [, when] = tablesUnder(page, 'States');
  const told = (when?.rows ?? []).flatMap(([state = '']) => codeSpans(state));
  expect([...told].sort()).toEqual([...messageStates].sort());
});

const units: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, KiB: 1024, MiB: 1024 * 1024 };

test('protocol - every bound has the value that the code gives it', () => {
  const { rows } = tableUnder(page, 'Bounds');
  expect(rows.length).toBeGreaterThan(20);
  for (const [bound, value = '', where = ''] of rows) {
    const [file = '', name = ''] = codeSpans(where);
    const [, number = '', unit = ''] = /^([\d,]+) ?(\w*)$/.exec(value) ?? [];
    const found = new RegExp(`const ${name} = ([\\d_* ]+);`).exec(readText(file));
    const inCode = (found?.[1] ?? '')
      .split('*')
      .reduce((product, part) => product * Number(part.replaceAll('_', '')), 1);
    expect({ bound, value: Number(number.replaceAll(',', '')) * (units[unit] ?? NaN) }).toEqual({
      bound,
      value: inCode,
    });
  }
});

test('protocol - the tables of the store have the columns of the schema', () => {
  const lines = page.slice(page.indexOf('## Store')).matchAll(/^- `(\w+)`: [^`]*(`[^\n]*)$/gm);
  const told = Object.fromEntries([...lines].map(([, table = '', columns = '']) => [table, codeSpans(columns)]));
  const made = [...schema.matchAll(/CREATE TABLE IF NOT EXISTS (\w+) \(([^;]*)\)[^;)]*;/g)].map(
    ([, table = '', body = '']) => {
      const columns = body.replace(/,\s*PRIMARY KEY \([^)]*\)/, '').split(',');
      return [table, columns.map((column) => column.trim().split(/\s/)[0])] as const;
    },
  );
  expect(made.length).toBeGreaterThan(8);
  expect(told).toEqual(Object.fromEntries(made));
});
