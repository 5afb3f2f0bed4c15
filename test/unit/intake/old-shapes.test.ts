// What files for the originals hold, and no file for this program would: names of early 2021, and what their programs wrote by themselves.
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../../src/base/turns.ts';
import { parseMessageFile, parsingOf } from '../../../src/intake/parse-message-file.ts';
import { defaults, parse, parseOne, ping, refused, reply } from './parse.ts';

test('old shapes - names of before June 2021 are those of today', () => {
  const command = { toNode: 'ship1', method: 'REQCliCommand', data: ['uptime'] };
  expect(parseOne({ ...command, timeout: 3 }).ackTimeoutMs).toBe(3_000);
  expect(reply({ ...command, requestTimeout: 4, requestRetries: 2 })).toMatchObject({
    ackTimeoutMs: 4_000,
    retries: 2,
  });
  expect(reply({ ...command, ReplyTimeout: 5 }).ackTimeoutMs).toBe(5_000);
  expect(refused({ ...command, replyTimeout: 5, replyACKTimeout: 5 }).message).toMatch(/are the same field/);
});

test('old shapes - whatever a message of the originals has where nothing was said, is nothing', () => {
  const written = {
    toNode: 'ship1',
    id: 0,
    data: null,
    method: 'cliCommand',
    methodArgs: ['uptime'],
    argSignature: null,
    replyMethod: '',
    replyMethodArgs: null,
    isReply: false,
    fromNode: '',
    ACKTimeout: 5,
    retryWait: 0,
    retries: 0,
    isSubPublishedMsg: false,
    methodTimeout: 5,
    replyMethodTimeout: 0,
    directory: '',
    fileName: '',
    schedule: null,
    PreviousMessage: null,
    jetstreamToNode: '',
    Operation: { opCmd: '', opArg: null },
    fileExtension: '',
    relayViaNode: '',
    relayFromNode: '',
    relayReplyMethod: '',
    replyMethodInstructions: [],
    nodeAlias: '',
  };
  expect(parseOne(written)).toEqual(
    parseOne({
      toNode: 'ship1',
      method: 'cliCommand',
      methodArgs: ['uptime'],
      ACKTimeout: 5,
      retries: 0,
      methodTimeout: 5,
    }),
  );
});

test.for([
  [{ isReply: true }, /isReply is set by nodes/, 'leave it out'],
  [{ previousMessage: { toNode: 'a' } }, /previousMessage is set by nodes/, 'leave it out'],
  [{ argSignature: [1, 2] }, /not signed/, 'leave argSignature out'],
  [{ commandOrEvent: 'EventNACK' }, /commandOrEvent/, 'ACKTimeout 0'],
  [{ relayViaNode: 'central' }, /relayViaNode is not supported yet/, '"via": ["central"]'],
  [{ nodeAlias: 'fleet' }, /nodeAlias is not supported yet/, '"@NAME"'],
  [{ id: 12 }, /gets its id from the node/, 'leave it out'],
] as const)('old shapes - what says something is refused, with what to do: %j', ([fields, message, hint]) => {
  const error = refused(ping(fields));
  expect(error.code).toBe('invalid-message');
  expect(error.message).toMatch(message);
  expect(error.hint).toContain(hint);
  expect(error.place).toMatchObject({ line: 1, field: Object.keys(fields)[0] });
});

test('old shapes - a message that wants an ACK may say so with commandOrEvent', () => {
  const message = { toNode: 'central', method: 'REQToFileAppend', data: ['text'] };
  for (const commandOrEvent of ['EventACK', 'CommandACK', ''])
    expect(parseOne({ ...message, commandOrEvent })).toEqual(parseOne(message));
});

test.for([
  ['toConsole', 'console'],
  ['REQTextToConsole', 'console'],
  ['toFile', 'file'],
  ['REQTextToFile', 'file'],
  ['REQToFileNACK', 'file'],
  ['toFileAppend', 'fileAppend'],
] as const)('old shapes - %s is %s', ([written, name]) => {
  expect(reply({ toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime'], replyMethod: written }).method).toBe(
    name,
  );
});

test('old shapes - the output may be {{ctrl_DATA}}, as early ctrl had it', () => {
  const chain = (variable: string): object => ({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['uptime'],
    replyMethod: 'cliCommand',
    replyMethodArgs: ['bash', '-c', `echo "${variable}" > up.txt`],
  });
  expect(reply(chain('{{ctrl_DATA}}'))).toEqual(reply(chain('{{CTRL_DATA}}')));
});

test('old shapes - an interval of httpGetScheduled is told from an option', () => {
  const error = refused({ toNode: 'ship1', method: 'REQHttpGet', methodArgs: ['http://127.0.0.1/', '30', '10'] });
  expect(error).toMatchObject({ hint: expect.stringContaining('httpGetScheduled') as string });
});

describe('old shapes, streams', () => {
  const message = { toNodes: ['ship1'], jetstreamToNode: 'ship1', method: 'ping' };
  const parsed = (input: unknown): readonly string[] => atOnce(parsingOf(JSON.stringify(input), { defaults })).warnings;

  test('it goes to the node of the stream, and the author is told, once', () => {
    expect(parse(message).map((draft) => draft.message.to)).toEqual(['ship1']);
    expect(parse({ ...message, toNodes: [], jetstreamToNode: 'ship2' }).map((one) => one.message.to)).toEqual([
      'ship2',
    ]);
    expect(parsed([message, message])).toEqual([expect.stringContaining('without JetStream')]);
    expect(parsed(ping({ jetstreamToNode: '' }))).toEqual([]);
  });

  test('it waits for its node at the sender, as it did in the stream', () => {
    expect(parseOne({ ...message, ACKTimeout: 0 }).ackTimeoutMs).toBe(defaults.ackTimeoutMs);
    expect(parseOne({ ...message, ACKTimeout: 7 }).ackTimeoutMs).toBe(7_000);
    expect(parseOne(ping({ jetstreamToNode: '', ACKTimeout: 0 })).ackTimeoutMs).toBe(0);
  });

  test('that of all nodes is refused', () => {
    expect(refused({ ...message, toNodes: ['all'], jetstreamToNode: 'all' }).hint).toContain('@all');
  });
});

test('old shapes - JSON with commas before its closing brackets, and with text in single quotes, is YAML', () => {
  const [draft] = parseMessageFile(
    `[ { "toNodes": ["ship1"], "method": "REQCliCommand",
         "methodArgs": [ "bash", "-c", 'echo "a[1]}" && echo it''s', ],
         "fileName": "f", }, ]`,
    { defaults },
  );
  expect(draft?.message.args).toEqual(['bash', '-c', `echo "a[1]}" && echo it's`]);
});
