import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxSubmissionMessages } from '../../../src/intake/read-targets.ts';
import { StewardError } from '../../../src/model/error.ts';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { day, defaults, parse, parseOne, ping, refused, reply } from './parse.ts';

// The example of the original's README, as it stands in people's files.
const original =
  '[{"directory":"/var/cli/command_result/","fileName":"some-file-name.result","toNode":"ship1",' +
  '"methodArgs":["bash","-c","sleep 5 & ls ./"],"method":"REQCliCommand","replyMethod":"REQToFileAppend",' +
  '"ACKTimeout":5,"retries":3,"replyACKTimeout":5,"replyRetries":3,"methodTimeout":10}]';

describe('parseMessageFile', () => {
  test('suggests only names of methods that may stand there', () => {
    expect(refused(ping({ method: 'nope' })).hint).toMatch(/^one of: cliCommand, /);
    expect(refused(ping({ method: 'nonne' })).hint).not.toContain('none');
    expect(refused(ping({ replyMethod: 'nonne' })).hint).toBe('did you mean none?');
    expect(refused(ping({ replyMethod: 'pinng' })).hint).not.toContain('ping');
  });

  test('takes a file of the original as it is', () => {
    expect(parseOne(original)).toEqual({
      to: 'ship1',
      method: 'cliCommand',
      args: ['bash', '-c', 'sleep 5 & ls ./'],
      unordered: false,
      rerun: 'never',
      ackTimeoutMs: 5000,
      retries: 3,
      retryWaitMs: 0,
      expiresMs: 30 * day,
      methodTimeoutMs: 10_000,
      directory: '/var/cli/command_result/',
      fileName: 'some-file-name.result',
      reply: {
        method: 'fileAppend',
        args: [],
        ackTimeoutMs: 5000,
        retries: 3,
        retryWaitMs: 0,
        methodTimeoutMs: 10_000,
      },
      bodySize: 0,
    });
  });

  test('takes the defaults where the message says nothing', () => {
    expect(parseOne(ping())).toMatchObject({
      ackTimeoutMs: 10_000,
      retries: -1,
      retryWaitMs: 0,
      methodTimeoutMs: 20_000,
      expiresMs: 30 * day,
      rerun: 'always',
      directory: '',
      fileName: '',
      args: [],
    });
    expect(parseOne(ping())).not.toHaveProperty('description');
  });

  test('makes one draft for each node, of all fields that name nodes, each node once', () => {
    const drafts = parse(ping({ toNode: 'a', toNodes: ['b', ' c , a '], toHosts: 'd,b' }));
    expect(drafts.map((draft) => draft.message.to)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('keeps the order of the file', () => {
    const drafts = parse([ping({ toNode: 'b,a' }), ping({ toNode: 'c' })]);
    expect(drafts.map((draft) => draft.message.to)).toEqual(['b', 'a', 'c']);
  });

  test.each([
    ['REQCliCommand', 'cliCommand', false],
    ['reqclicommand', 'cliCommand', false],
    ['REQnCliCommand', 'cliCommand', true],
    ['cliCommand', 'cliCommand', false],
    ['REQToFileAppend', 'fileAppend', false],
    ['REQHello', 'hello', false],
  ])('knows the method %s', (written, name, unordered) => {
    expect(parseOne(ping({ method: written, methodArgs: ['x'] }))).toMatchObject({ method: name, unordered });
  });

  test('a command may say that it ends its node; others do not hold the field at all', () => {
    const restart = { method: 'cliCommand', methodArgs: ['reboot'] };
    expect(parseOne(ping({ ...restart, endsNode: true }))).toMatchObject({ endsNode: true, rerun: 'never' });
    expect(parseOne(ping({ ...restart, endsNode: false }))).not.toHaveProperty('endsNode');
  });

  test('a message may have another priority than the usual one', () => {
    expect(parseOne(ping({ priority: 0 })).priority).toBe(0);
    expect(parseOne(ping({ Priority: 9 })).priority).toBe(9);
    expect(parseOne(ping({ priority: 4 }))).not.toHaveProperty('priority');
    expect(parseOne(ping({ priority: null }))).not.toHaveProperty('priority');
  });

  test('lets unordered decide over the name of the method', () => {
    expect(parseOne(ping({ unordered: true })).unordered).toBe(true);
    expect(parseOne(ping({ method: 'nCliCommand', methodArgs: ['x'], unordered: false })).unordered).toBe(false);
  });

  test('answers a command into a file and an event not at all, unless told', () => {
    expect(reply(ping()).method).toBe('fileAppend');
    expect(reply(ping({ method: 'hello' })).method).toBe('none');
    expect(reply(ping({ replyMethod: '' })).method).toBe('fileAppend');
    expect(reply(ping({ replyMethod: 'REQToConsole' })).method).toBe('console');
    expect(reply(ping({ replyMethod: 'none' })).method).toBe('none');
  });

  test('gives the reply its own bounds, or those of the request', () => {
    const request = { ACKTimeout: 1, retries: 2, retryWait: 3, methodTimeout: 4 };
    expect(reply(ping(request))).toMatchObject({
      ackTimeoutMs: 1000,
      retries: 2,
      retryWaitMs: 3000,
      methodTimeoutMs: 4000,
    });
    const own = {
      replyACKTimeout: 5,
      replyRetries: 6,
      replyRetryWait: 7,
      replyMethodTimeout: 8,
      replyMethodArgs: ['stderr'],
    };
    expect(reply(ping({ ...request, ...own }))).toEqual({
      method: 'fileAppend',
      args: ['stderr'],
      ackTimeoutMs: 5000,
      retries: 6,
      retryWaitMs: 7000,
      methodTimeoutMs: 8000,
    });
  });

  test.each([
    [{ methodTimeout: 0 }, { methodTimeoutMs: 20_000 }],
    [{ methodTimeout: -1 }, { methodTimeoutMs: -1 }],
    [
      { methodRetries: 3, methodRetryWait: '2m' },
      { methodRetries: 3, methodRetryWaitMs: 120_000 },
    ],
    [{ ACKTimeout: 0 }, { ackTimeoutMs: 0 }],
    [{ ACKTimeout: 0.0001 }, { ackTimeoutMs: 1 }],
    [{ ACKTimeout: '90m' }, { ackTimeoutMs: 5_400_000 }],
    [{ expires: '30d' }, { expiresMs: 30 * day }],
    [{ expires: '12h' }, { expiresMs: day / 2 }],
    [{ expires: 60 }, { expiresMs: 60_000 }],
    [{ retries: -1 }, { retries: -1 }],
    [{ rerun: 'Always' }, { rerun: 'always' }],
    [{ description: 'why' }, { description: 'why' }],
    [{ fromNode: 'whoever' }, { to: 'ship1' }],
    [{ useDetectedShell: false, schedule: [] }, { to: 'ship1' }],
    [{ description: null, retries: null }, { retries: -1 }],
  ])('reads %j', (fields, expected) => {
    expect(parseOne(ping(fields))).toMatchObject(expected);
  });

  test('takes the rerun of a method from the defaults, and the message before them', () => {
    const options = { defaults: { ...defaults, rerun: { cliCommand: 'always' } as const } };
    const run = (fields: object): unknown =>
      parseMessageFile(JSON.stringify({ toNode: 'a', method: 'cliCommand', methodArgs: ['x'], ...fields }), options)[0]
        ?.message.rerun;
    expect(run({})).toBe('always');
    expect(run({ rerun: 'never' })).toBe('never');
  });

  test('matches the names of fields without regard to case', () => {
    expect(parseOne({ TONODE: 'a', Method: 'ping', acktimeout: 3, replyMethodTimeOut: 4 })).toMatchObject({
      to: 'a',
      ackTimeoutMs: 3000,
    });
  });

  test('makes text of numbers in arguments, as they are written', () => {
    const text = '{"toNode":"a","method":"cliCommand","methodArgs":["sleep", 1.50, 12345678901234567890, true, "x"]}';
    expect(parseOne(text).args).toEqual(['sleep', '1.50', '12345678901234567890', 'true', 'x']);
    expect(parseOne('toNode: a\nmethod: cliCommand\nmethodArgs: [sleep, 1.50, 007, true]').args).toEqual([
      'sleep',
      '1.50',
      '007',
      'true',
    ]);
  });

  test('finds the numbers of the right message in a list', () => {
    const list = [1, 2, 3].map((number) => ({ toNode: 'a', METHODARGS: ['echo', number], method: 'cliCommand' }));
    expect(parse(list).map((draft) => draft.message.args[1])).toEqual(['1', '2', '3']);
  });

  test('makes a file name of node, method and the old fileExtension', () => {
    const drafts = parse({ toNode: 'a,b', method: 'REQPing', fileExtension: '.log' });
    expect(drafts.map((draft) => draft.message.fileName)).toEqual(['a.REQPing.log', 'b.REQPing.log']);
    expect(parseOne(ping({ fileName: 'x', fileExtension: '.log' })).fileName).toBe('x');
  });
});

describe('parseMessageFile, data', () => {
  const file = (data: unknown): string => {
    const [draft] = parse({ toNode: 'a', method: 'fileAppend', data });
    expect(draft?.message.bodySize).toBe(draft?.body.length);
    return Buffer.from(draft?.body ?? []).toString('latin1');
  };

  test.each([
    ['text', 'text'],
    [['one', 'two'], 'onetwo'],
    [[104, 105], 'hi'],
    [[], ''],
    [{ base64: 'aGkA/w==' }, 'hi\0\u00ff'],
    [{ Base64: '' }, ''],
  ])('reads %j', (data, expected) => {
    expect(file(data)).toBe(expected);
  });

  test.each([
    [5],
    [{ base64: '!' }],
    [{ base64: 'aGk' }],
    [{ base64: 'aGkA', more: 1 }],
    [['a', 5]],
    [['a', null]],
    [{}],
  ])('refuses %j', (data) => {
    expect(refused({ toNode: 'a', method: 'fileAppend', data })).toMatchObject({ code: 'invalid-message' });
  });

  test('is the arguments of a command in a file from before methodArgs', () => {
    const [draft] = parse({ toNode: 'a', method: 'REQCliCommand', data: ['bash', '-c', 'ls'] });
    expect(draft?.message).toMatchObject({ args: ['bash', '-c', 'ls'], bodySize: 0 });
  });

  test('is the body where methodArgs are there', () => {
    const [draft] = parse({ toNode: 'a', method: 'REQCliCommand', methodArgs: ['cat'], data: ['in'] });
    expect(draft?.message).toMatchObject({ args: ['cat'], bodySize: 2 });
  });
});

describe('parseMessageFile, refusals', () => {
  test.each([
    [ping({ method: 'REQCliComand' }), /unknown method "REQCliComand"/, 'method', /REQCliCommand/],
    [ping({ method: 'REQPortSrc' }), /REQPortSrc is not supported yet/, 'method', /cliCommand/],
    [ping({ method: 'none' }), /can only be a replyMethod/, 'method', /ping/],
    [ping({ method: 'REQErrorLog' }), /is sent by nodes, not by people/, 'method', /ping/],
    [ping({ replyMethod: 'errorLog' }), /cannot be a replyMethod/, 'replyMethod', /fileAppend/],
    [ping({ method: '' }), /method is missing/, 'method', /ping/],
    [ping({ replyMethod: 'cliCommand' }), /needs at least one argument/, 'replyMethodArgs', /bash/],
    [ping({ replyMethod: 'opQueue' }), /cannot be a replyMethod/, 'replyMethod', /fileAppend/],
    [ping({ replyMethod: 'REQToFileAppnd' }), /unknown method/, 'replyMethod', /REQToFileAppend/],
    [{ method: 'ping' }, /toNode is missing/, 'toNode', /name the node/],
    [ping({ toNode: '' }), /toNode is missing/, 'toNode', /name the node/],
    [ping({ toNode: 'a,,b' }), /cannot be a node name/, 'toNode', /letters/],
    [ping({ toNode: 'my ship' }), /"my ship" cannot be a node name/, 'toNode', /try "my-ship"/],
    [ping({ toNodes: ['a', 5] }), /text, not 5/, 'toNodes[1]', undefined],
    [ping({ toNode: { a: 1 } }), /text, not an object/, 'toNode', undefined],
    [
      ping({ replyMethodTimeOuts: 5 }),
      /unknown field "replyMethodTimeOuts"/,
      'replyMethodTimeOuts',
      /replyMethodTimeout/,
    ],
    [ping({ retry: 5 }), /unknown field/, 'retry', /retries/],
    [ping({ schedule: [0, 5] }), /the interval of a schedule is at least a second/, 'schedule[0]', /60, 3600/],
    [ping({ relayViaNode: 'x' }), /relayViaNode is not supported yet/, 'relayViaNode', undefined],
    [ping({ id: 5 }), /gets its id from the node/, 'id', /leave it out/],
    [ping({ TONODE: 'b' }), /TONODE and toNode are the same field/, 'TONODE', undefined],
    [ping({ method: 'cliCommand' }), /needs at least one argument/, 'methodArgs', /such as/],
    [ping({ methodArgs: 'ls' }), /list of text, not "ls"/, 'methodArgs', /such as/],
    [ping({ methodArgs: ['a', null] }), /text, not nothing/, 'methodArgs[1]', undefined],
    [ping({ methodArgs: ['a', ['b']] }), /text, not a list/, 'methodArgs[1]', undefined],
    [ping({ methodArgs: ['a\0b'] }), /NUL/, 'methodArgs[0]', undefined],
    [ping({ methodArgs: ['\ud800'] }), /half of a character/, 'methodArgs', undefined],
    [ping({ ACKTimeout: -1 }), /cannot be -1/, 'ACKTimeout', /seconds/],
    [ping({ ACKTimeout: 0, data: 'x'.repeat(32_769) }), /wants no ACK .* 32768 bytes/, 'data', /ACKTimeout/],
    [ping({ ACKTimeout: 'soon' }), /cannot be "soon"/, 'ACKTimeout', /seconds/],
    [ping({ ACKTimeout: 400_000_000 }), /cannot be 400000000/, 'ACKTimeout', /ten years/],
    [ping({ methodTimeout: -2 }), /cannot be -2/, 'methodTimeout', /-1 for no limit/],
    [ping({ retries: 1.5 }), /cannot be 1.5/, 'retries', /whole number/],
    [ping({ methodRetries: -1 }), /cannot be -1/, 'methodRetries', /whole number from 0 to 1000/],
    [ping({ methodRetries: 1001 }), /cannot be 1001/, 'methodRetries', /whole number/],
    [ping({ methodRetryWait: -1 }), /cannot be -1/, 'methodRetryWait', /seconds/],
    [ping({ retries: -2 }), /cannot be -2/, 'retries', /whole number/],
    [ping({ retries: '3' }), /cannot be "3"/, 'retries', /whole number/],
    [ping({ expires: 0 }), /never sent/, 'expires', undefined],
    [ping({ rerun: 'sometimes' }), /cannot be "sometimes"/, 'rerun', /always or never/],
    [ping({ unordered: 'yes' }), /true or false/, 'unordered', undefined],
    [ping({ priority: 10 }), /cannot be 10/, 'priority', /from 0 to 9/],
    [ping({ priority: 9, ACKTimeout: 0 }), /wants no ACK/, 'priority', /leave out/],
    [ping({ priority: 'high' }), /cannot be "high"/, 'priority', /from 0 to 9/],
    [ping({ method: 'opQueue', methodArgs: ['list'], priority: 9 }), /goes before all/, 'priority', /leave/],
    [ping({ endsNode: true }), /ping cannot end a node/, 'endsNode', undefined],
    [
      ping({ method: 'cliCommand', methodArgs: ['x'], endsNode: true, rerun: 'always' }),
      /is not run again/,
      'rerun',
      undefined,
    ],
    [ping({ directory: '../../etc' }), /leads out of the data folder/, 'directory', /leave out/],
    [ping({ fileName: 'a/../b' }), /leads out/, 'fileName', undefined],
    [ping({ fileName: 'a\0' }), /NUL/, 'fileName', undefined],
    [ping({ directory: 5 }), /text, not 5/, 'directory', undefined],
    [ping({ description: 'x'.repeat(5000) }), /at most/, 'description', undefined],
    ['"text"', /object with fields, not "text"/, undefined, undefined],
    [[[ping()]], /not a list/, undefined, undefined],
    [[], /no message/, undefined, /toNode/],
    ['', /no message/, undefined, undefined],
    ['# nothing\n', /no message/, undefined, undefined],
  ])('refuses %j', (input, message, field, hint) => {
    const error = refused(input);
    expect(error.code).toBe('invalid-message');
    expect(error.message).toMatch(message);
    expect(error.place?.field).toBe(field);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
  });

  test('takes nothing of a list with one bad element, and says where it stands', () => {
    const text = `[\n  ${JSON.stringify(ping())},\n  {"toNode": "b",\n   "method": "png"}\n]`;
    expect(refused(text).place).toEqual({ line: 4, column: 14, field: 'method' });
  });

  test('names the place of an unknown field, an element, and a field that is missing', () => {
    const text = '[{"toNode":"a",\n"method":"ping",\n"methodArgs":[\n"a",null]}\n]';
    expect(refused(text).place).toEqual({ line: 4, column: 5, field: 'methodArgs[1]' });
    expect(refused('{"toNode":"a",\n "methd":"ping"}').place).toEqual({ line: 2, column: 2, field: 'methd' });
    expect(refused('[\n {"toNode":"a"}]').place).toEqual({ line: 2, column: 2, field: 'method' });
  });

  test('names the place in YAML', () => {
    const text =
      '# two\n- toNode: a\n  method: ping\n---\n- toNode: b\n  method: ping\n  methodArgs:\n    - x\n    - [y]\n';
    expect(refused(text).place).toEqual({ line: 9, column: 7, field: 'methodArgs[1]' });
    expect(refused('toNode: a\nmethod: ping\nschedul: 1\n').place).toEqual({ line: 3, column: 1, field: 'schedul' });
  });

  test('names the last of two fields with one name, which is the one that counts', () => {
    expect(refused('{"toNode":"a","method":"ping",\n"retries":1,\n"retries":-5}').place).toMatchObject({ line: 3 });
  });

  test('names the file', () => {
    const options = { defaults, file: 'fleet.json' };
    expect(() => parseMessageFile('[{"toNode": 1}]', options)).toThrow(
      expect.objectContaining({ place: { file: 'fleet.json', line: 1, column: 13, field: 'toNode' } }),
    );
    expect(() => parseMessageFile('[', options)).toThrow(
      expect.objectContaining({ place: { file: 'fleet.json', line: 1, column: 2 } }),
    );
  });

  test('bounds the messages of one submission, by number and by nodes', () => {
    const names = Array.from({ length: maxSubmissionMessages }, (_, index) => `n${index}`);
    expect(parse(ping({ toNode: names[0], toNodes: names }))).toHaveLength(maxSubmissionMessages);
    expect(refused([ping({ toNodes: names }), ping()]).code).toBe('too-large');
    expect(refused(ping({ toNodes: [...names, 'x'] })).message).toMatch(/more than 100000 nodes/);
    expect(refused(ping({ toNode: 'a,'.repeat(200_000) })).message).toMatch(/more than 100000 nodes/);
  });
});

describe('parseMessageFile, hostile input', () => {
  test('is not polluted by keys of the prototype', () => {
    expect(refused('[{"toNode":"a","method":"ping","__proto__":{"retries":9}}]').message).toMatch(/__proto__/);
    expect(refused('toNode: a\nmethod: ping\n__proto__: {retries: 9}').message).toMatch(/__proto__/);
    expect(refused('{"constructor":1}').message).toMatch(/unknown field "constructor"/);
    expect(refused(ping({ method: 'constructor' })).message).toMatch(/unknown method/);
    expect(({} as Record<string, unknown>)['retries']).toBeUndefined();
  });

  test.each([
    ['['.repeat(100_000)],
    ['['.repeat(100_000) + ']'.repeat(100_000)],
    ['{"a":'.repeat(100_000)],
    ['- '.repeat(20_000)],
    [`a: ${'['.repeat(20_000)}`],
  ])('refuses deep nesting (%#)', (text) => {
    expect(refused(text)).toMatchObject({
      code: 'invalid-message',
      message: expect.stringMatching(/nested/) as string,
    });
  });

  test('refuses an alias bomb, and follows a plain alias', () => {
    const level = (name: string, of: string): string =>
      `${name}: &${name} [${Array.from({ length: 9 }, () => of).join(',')}]`;
    const bomb = [level('a', 'x'), level('b', '*a'), level('c', '*b'), level('d', '*c'), level('e', '*d')];
    expect(refused(bomb.join('\n')).message).toMatch(/alias/i);
    const list = '- toNode: a\n  method: ping\n  ACKTimeout: &t 7\n- toNode: b\n  method: ping\n  ACKTimeout: *t\n';
    expect(parse(list).map((draft) => draft.message.ackTimeoutMs)).toEqual([7000, 7000]);
    expect(refused(`- &a x\n${'- *a\n'.repeat(101)}`).message).toMatch(/more than 100 aliases/);
  });

  test('answers any input with drafts or a StewardError', () => {
    const field = fc.constantFrom(
      'toNode',
      'method',
      'methodArgs',
      'data',
      'retries',
      'ACKTimeout',
      'expires',
      '__proto__',
      'x',
    );
    const value = fc.oneof(fc.json(), fc.constantFrom('"ping"', '"a"', '["a"]', '-1', '1e999', '{}', '&a', '*a', '"'));
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.tuple(field, value)).map((pairs) => `{${pairs.map(([key, text]) => `"${key}":${text}`).join(',')}}`),
      fc.array(fc.tuple(field, value)).map((pairs) => pairs.map(([key, text]) => `${key}: ${text}`).join('\n')),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          for (const draft of parse(input)) expect(draft.message.to).not.toBe('');
        } catch (error) {
          if (!(error instanceof StewardError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });
});
