import { describe, expect, test } from 'vitest';
import { atOnce } from '../../../src/base/turns.ts';
import { readSource } from '../../../src/intake/read-source.ts';
import { maxYamlBytes } from '../../../src/intake/yaml-source.ts';
import { ping, refused } from './parse.ts';

describe('readSource', () => {
  test.each([
    ['{"a":1}', [{ a: 1 }]],
    [' \n[{"a":1},{"b":2}]\n', [{ a: 1 }, { b: 2 }]],
    ['\ufeff[{"a":1}]', [{ a: 1 }]],
    ['a: 1\nb: x', [{ a: 1, b: 'x' }]],
    ['- a: 1\n- b: 2', [{ a: 1 }, { b: 2 }]],
    ['---\na: 1\n---\n- b: 2\n- c: 3\n---\n', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['\ufeffa: 1', [{ a: 1 }]],
    ["[{a: 1, b: 'x'}]", [{ a: 1, b: 'x' }]],
    ['{"a": 1,}', [{ a: 1 }]],
    ['[{"a": {"a": "a"}, "b": ["a", "a"]}, {"a": "\\"a"}]', [{ a: { a: 'a' }, b: ['a', 'a'] }, { a: '"a' }]],
    ['a: yes\nb: on\nc: 0o7', [{ a: 'yes', b: 'on', c: 7 }]],
    ['a: |\n  one\n  two\n', [{ a: 'one\ntwo\n' }]],
  ])('reads %j', (text, messages) => {
    expect(atOnce(readSource(text)).messages).toEqual(messages);
    expect(atOnce(readSource(Buffer.from(text))).messages).toEqual(messages);
  });

  test.each([
    ['[{"a":1}', 1, 9, /not JSON: the text ends inside a list/],
    ['[{"a":1},\n{"b":}]', 2, 6, /not JSON: expected a value, found "}"/],
    ['[{"a" 1}]', 1, 7, /not JSON: expected ":", found "1"/],
    ['{"a":1}{"b":2}', 1, 8, /more than one value: put the messages into one list/],
    ['{"a":1}\n{"b":2}', 2, 1, /more than one value/],
    ['[{"a":"x\ny"}]', 1, 9, /line break inside a string/],
    ['[{"a":"\\q"}]', 1, 8, /unknown escape "\\q"/],
    ['[{"a":"x', 1, 9, /the text ends inside a string/],
    ['[{"a":1]', 1, 8, /expected a comma or the closing bracket, found "]"/],
    ['a: 1\nb: "x', 2, undefined, /not YAML/],
    ['a: 1\na: 2', 2, 1, /a is given twice/],
    ['{"a": 1, "b": 2,\n "a": 3}', 2, 2, /^the field a is given twice$/],
    ['[{"a": 1}, {"b": {"x": 1}, "c": [{"x": 1,\n"x": 2}]}]', 2, 1, /^the field x is given twice$/],
    ['{"a": 1, "\\u0061": 3}', 1, 10, /^the field a is given twice$/],
    ['a: !thing 1', 1, undefined, /not YAML/],
    ['? [x]\n: 1', 1, undefined, /not YAML/],
  ])('refuses %j with its place', (text, line, column, message) => {
    const error = refused(text);
    expect(error.message).toMatch(message);
    expect(error.place).toMatchObject({ line, ...(column === undefined ? {} : { column }) });
  });

  test('never takes a line break inside a JSON string for a space, as YAML would', () => {
    expect(refused('[{"toNode":"a","method":"cliCommand","methodArgs":["echo a\necho b"]}]').message).toMatch(
      /line break/,
    );
  });

  test('refuses what is not UTF-8, with the byte', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":\n"é'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(refused(bytes)).toMatchObject({ message: 'the text is not UTF-8: byte 10', place: { line: 2, column: 3 } });
    expect(refused(Buffer.from([0x5b, 0xe2, 0x82])).message).toMatch(/byte 2|byte 4/);
  });

  test('bounds YAML, whose parser is slow, and not JSON', () => {
    expect(refused(`a: ${'x'.repeat(maxYamlBytes)}`).code).toBe('too-large');
    expect(atOnce(readSource(JSON.stringify([ping({ data: 'x'.repeat(maxYamlBytes) })]))).messages).toHaveLength(1);
  });
});
