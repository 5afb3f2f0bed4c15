import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { editFile, writeFirstFile } from '../../../src/node/config/edit-config-file.ts';
import { configOptions, type ConfigKey } from '../../../src/node/config/options.ts';

function edit(text: string, values: Partial<Record<ConfigKey, string | number>>): string {
  return editFile(text, {
    path: 'config.toml',
    values: new Map(Object.entries(values) as [ConfigKey, string | number][]),
  });
}

describe('writeFirstFile', () => {
  test('has every option that a file may have, explained, with its default', () => {
    const text = writeFirstFile(new Map());
    const inFile = configOptions.filter((option) => !('only' in option));
    expect(parse(text)).toEqual(Object.fromEntries(inFile.map((option) => [option.key, option.default])));
    for (const option of inFile) expect(text).toContain(`# ${option.doc}`);
    expect(text).not.toMatch(/^BrokerPassword =|^ConfigFolder =/m);
  });

  test('has the values that were given', () => {
    expect(parse(writeFirstFile(new Map([['NodeName', 'ship1']])))).toMatchObject({ NodeName: 'ship1' });
  });
});

describe('editFile', () => {
  test.each([
    ['NodeName = "a"\n', { NodeName: 'b' }, 'NodeName = "b"\n'],
    [
      '# mine\r\nNodeName="a" # why\r\nDrain = 5\r\n',
      { NodeName: 'b' },
      '# mine\r\nNodeName="b" # why\r\nDrain = 5\r\n',
    ],
    ["  nodename = 'a#b' # x", { NodeName: 'b' }, '  nodename = "b" # x'],
    ['"NodeName" = "a"', { NodeName: 'b' }, '"NodeName" = "b"'],
    ['Drain = 5   # five\nNodeName = "a"', { Drain: '10s' }, 'Drain = "10s"   # five\nNodeName = "a"'],
    ['NodeName = "a\\"b"', { NodeName: 'c' }, 'NodeName = "c"'],
    ['# NodeName = "x"\nNodeName = "a"', { NodeName: 'b' }, '# NodeName = "x"\nNodeName = "b"'],
    ['Drain = 1\nNodeName = "a"', { Drain: 2, NodeName: 'b' }, 'Drain = 2\nNodeName = "b"'],
  ])('changes %j in place', (before, values, after) => {
    expect(edit(before, values)).toBe(after);
  });

  test('puts a key that is not there behind the others, with its explanation', () => {
    const after = edit('# mine\nNodeName = "a"', { Drain: 3 });
    expect(after).toMatch(/^# mine\nNodeName = "a"\n\n# How long .*\n# Allowed: seconds.*\nDrain = 3\n$/);
  });

  test('writes any text so that it reads the same', () => {
    const value = 'a"b\\c\n\u0001\u007f#=é';
    expect(parse(edit('SocketFolder = "x"', { SocketFolder: value }))).toEqual({ SocketFolder: value });
  });

  test.each([
    ['NodeName = """\na"""\n'],
    ['Drain = """\nNodeName = "x"\n"""\nNodeName = """y"""'],
    ['HTTPListener = ["""\nNodeName = "x"\n"""]\nNodeName = "a"\n'],
    ['Drain = 5\n[section]\nx = 1\n'],
  ])('does not guess where a value spans lines (%#)', (text) => {
    expect(() => edit(text, { NodeName: 'b' })).toThrow(
      expect.objectContaining({ code: 'invalid-config', hint: expect.stringContaining('NodeName = "b"') as string }),
    );
  });
});
