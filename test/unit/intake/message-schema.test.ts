// The schema that editors use against intake itself: whatever intake takes the schema takes, and what is wrong by kind or bound both refuse.
//
// Names of fields and methods, and of choices, stand here in the case in which they are written: intake takes any, a schema does not.
// What a schema cannot say, or says wrongly for an editor's sake, so that intake refuses it and the schema does not:
// - half of a character (a broken surrogate), and a length that is counted in code units instead of characters
// - sizes in bytes: of arguments and environment as JSON, of data without an ACK, of a message for late joiners
// - fields that exclude each other, or are for other methods; arguments that a method needs; the options of httpGet
// - that a node is named at all where the fields for it are there and empty; more than 8 nodes on a way, or one twice; a group that there is not
// - the value of a span in text ("4000d"), the length of a node's name, the padding of base64
// The other way round only this: a number that is wrong by less than half a millisecond, which intake rounds.
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldDefinition, fieldNames, fieldSections, type FieldName } from '../../../src/intake/fields/fields.ts';
import { methodDocs } from '../../../src/intake/method-docs.ts';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { StewardError } from '../../../src/model/error.ts';
import { methodEntry, methodNames } from '../../../src/model/method-name.ts';
import { isNodeName } from '../../../src/model/node-name.ts';
import { readText } from '../rules/tree.ts';
import { defaults } from './parse.ts';
import { anything, fieldValues } from './random-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
ajv.addKeyword('patternErrorMessage');
const validate = ajv.compile(JSON.parse(readText('schema/message.schema.json')) as object);
/** Groups are named as nodes are. */
const groups = { ...defaults, membersOf: (group: string) => (isNodeName(group) ? ['ship7'] : []) };

/** Undefined where it is taken. */
function refusalOfIntake(input: unknown): string | undefined {
  try {
    parseMessageFile(JSON.stringify(input), { defaults: groups });
    return undefined;
  } catch (error) {
    if (error instanceof StewardError) return error.message;
    throw error;
  }
}

function refusalOfSchema(input: unknown): string | undefined {
  return validate(JSON.parse(JSON.stringify(input))) ? undefined : ajv.errorsText(validate.errors);
}

function expectTaken(input: unknown): void {
  expect({ input, intake: refusalOfIntake(input), schema: refusalOfSchema(input) }).toEqual({ input });
}

function expectRefused(input: unknown): void {
  const refused = { intake: refusalOfIntake(input) !== undefined, schema: refusalOfSchema(input) !== undefined };
  expect({ input, ...refused }).toEqual({ input, intake: true, schema: true });
}

/** A message that has what the field needs beside it. */
function messageWith(name: FieldName, value: unknown): Fields {
  const { beside, methods } = fieldDefinition(name);
  if (name === 'method') {
    const text = typeof value === 'string' ? value : '';
    const isSyslog = /syslog/i.test(text);
    const others =
      isSyslog || /tail/i.test(text)
        ? ['from=start']
        : /copySrc/i.test(text)
          ? ['ship2', 'target']
          : /post/i.test(text)
            ? ['event=binary']
            : ['include'];
    const first = text === 'own' ? 'disk' : isSyslog ? 'journal' : 'http://a';
    return { toNode: 'ship1', methodArgs: [first, ...others], method: value };
  }
  if (name === 'replyMethod')
    return {
      toNode: 'ship1',
      method: 'ping',
      replyMethodArgs: [/post/i.test(String(value)) ? 'http://a' : 'x'],
      [name]: value,
    };
  const command = { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime'] };
  const usual = methods === undefined ? { toNode: 'ship1', method: 'ping' } : command;
  // A list of text may be arguments, of which a command needs some.
  return { ...(beside ?? usual), [name]: value };
}

describe('examples', () => {
  test('message schema - the sections hold every field once', () => {
    const inSections = Object.values(fieldSections).flatMap((section) => Object.keys(section));
    expect(inSections.sort()).toEqual([...fieldNames].sort());
  });

  test.each(fieldNames)('message schema - the example of the field %s is taken', (name) => {
    const { kind, example } = fieldDefinition(name);
    if (kind === 'refused') return expect(example).toBeUndefined();
    expect(example).toBeDefined();
    expectTaken(messageWith(name, example));
    expectTaken([messageWith(name, example), messageWith(name, example)]);
  });

  test.each(methodNames)('message schema - the example of the method %s is taken', (name) => {
    const { example, ends } = methodDocs[name];
    const { request, reply } = methodEntry(name);
    if (!request && !reply) return expect(example).toBeUndefined();
    expect(ends).toMatch(/^It ends as `\w+`/);
    expect(example?.[request ? 'method' : 'replyMethod']).toBe(name);
    expectTaken(example);
  });
});

describe('random values', () => {
  test.each(fieldNames)(
    'message schema - takes what is right for %s, and refuses what is wrong, as intake does',
    (name) => {
      const { right, wrong } = fieldValues(fieldDefinition(name));
      fc.assert(
        fc.property(
          right.filter((value) => mayStandAlone(name, value)),
          (value) => expectTaken(messageWith(name, value)),
        ),
      );
      if (fieldDefinition(name).kind === 'ignored') return;
      fc.assert(fc.property(wrong, (value) => expectRefused(messageWith(name, value))));
    },
  );

  test.each(fieldNames)('message schema - takes whatever intake takes for %s', (name) => {
    fc.assert(
      fc.property(anything, (value) => {
        const message = messageWith(name, value);
        if (isRounded(value) || refusalOfIntake(message) !== undefined) return;
        expectTaken(message);
      }),
    );
  });

  test('message schema - takes whatever intake takes of many fields at once', () => {
    let taken = 0;
    const some = fc.record(
      Object.fromEntries(
        fieldNames.map((name) => {
          const { right, wrong } = fieldValues(fieldDefinition(name));
          return [name, fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: wrong })];
        }),
      ),
      { requiredKeys: ['toNode', 'method'] },
    );
    const few = fc.tuple(some, fc.subarray([...fieldNames], { maxLength: 6 })).map(([message, names]) => {
      const kept = new Set<string>(['toNode', 'method', 'methodArgs', ...names]);
      return Object.fromEntries(Object.entries(message).filter(([name]) => kept.has(name)));
    });
    fc.assert(
      fc.property(few, (message) => {
        if (refusalOfIntake(message) !== undefined) return;
        taken += 1;
        expectTaken(message);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

/** What is right by its kind, but leaves the message without a node or without arguments. */
function mayStandAlone(name: FieldName, value: unknown): boolean {
  const { kind } = fieldDefinition(name);
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
  if (name === 'replyMethodArgs' || name === 'methodArgs' || kind === 'nodes') return !isEmpty;
  return name !== 'lateJoiners' || value === true;
}

/** Below nothing by less than half a millisecond. */
function isRounded(value: unknown): boolean {
  return typeof value === 'number' && value < 0 && value >= -0.0005;
}

describe('the file', () => {
  const ping = { toNode: 'ship1', method: 'ping' };

  test.each([
    ['nothing', null],
    ['an empty list', []],
    ['a list in a list', [[ping]]],
    ['text', 'ping'],
    ['an unknown field', { ...ping, retry: 5 }],
    ['a field that is not supported yet', { ...ping, schedule: [5] }],
    ['a relay field', { ...ping, relayViaNode: 'a' }],
    ['no method', { toNode: 'ship1' }],
    ['no node', { method: 'ping' }],
    ['a wrong one behind a right one', [ping, { ...ping, priority: 10 }]],
  ])('message schema - refuses %s, as intake does', (_what, input) => {
    expectRefused(input);
  });

  test.each([
    ['a message', ping],
    ['a list', [ping, { toHosts: 'a', method: 'REQnCliCommand', methodArgs: ['x'] }]],
    [
      'fields that are not supported yet, where they hold nothing',
      { ...ping, schedule: [], cron: '', relayToNode: '' },
    ],
    ['a schema', { $schema: './message.schema.json', ...ping }],
    ['an id of nothing', { ...ping, id: null }],
  ])('message schema - takes %s, as intake does', (_what, input) => {
    expectTaken(input);
  });
});
