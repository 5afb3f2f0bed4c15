// docs/compatibility.md against the names that intake knows.
import { expect, test } from 'vitest';
import { isLaterField, isLaterMethod, laterFieldNames, olderNames } from '../../../src/intake/field-names.ts';
import { fieldNames } from '../../../src/intake/fields/fields.ts';
import { silentFields } from '../../../src/intake/silent-fields.ts';
import { methodEntry, methodNames } from '../../../src/model/method-name.ts';
import { isOriginalKey } from '../../../src/node/config/original-keys.ts';
import { codeSpans, tablesUnder } from './markdown.ts';
import { readText } from './tree.ts';

const page = readText('docs/compatibility.md');

/** The code spans in a column of the first table below a heading, row by row. */
function column(heading: string, index: number): readonly (readonly string[])[] {
  const [table] = tablesUnder(page, heading);
  if (table === undefined || table.rows.length === 0) throw new Error(`"${heading}" has no table`);
  return table.rows.map((row) => codeSpans(row[index] ?? ''));
}

/** The names of a list in the source, which the code keeps to itself. */
function namesInSource(list: string): readonly string[] {
  const source = readText('src/intake/field-names.ts');
  const [, body = ''] = new RegExp(`const ${list}[^=]*= new Set\\(\\s*\\[([^\\]]*)\\]`).exec(source) ?? [];
  return [...body.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
}

test('compatibility - the fields are those that intake reads', () => {
  expect(column('Message fields', 0).flat()).toEqual(expect.arrayContaining([...fieldNames]));
  expect(column('Message fields', 0).flat().length).toBe(fieldNames.length);
});

test('compatibility - the fields that are not supported yet are those that intake refuses by name', () => {
  const told = column('Fields that are not supported yet', 0).flat();
  expect(told.filter((name) => !isLaterField(name))).toEqual([]);
  expect(told).toEqual(expect.arrayContaining([...laterFieldNames]));
});

test('compatibility - older names of fields, and fields that may be there with nothing in them, are told', () => {
  const fields = tablesUnder(page, 'Message fields')[0]?.rows ?? [];
  for (const [older, name] of olderNames) {
    const [, originals = ''] = fields.find((row) => codeSpans(row[0] ?? '').includes(name)) ?? [];
    expect(codeSpans(originals).map((one) => one.toLowerCase())).toContain(older);
  }
  const told = codeSpans(page).map((name) => name.toLowerCase());
  expect(silentFields.size).toBeGreaterThan(3);
  expect([...silentFields.keys()].filter((name) => !told.includes(name))).toEqual([]);
});

test('compatibility - the methods and their old names are those of the table of methods', () => {
  const told = column('Methods', 0).map(([name = ''], index) => [name, column('Methods', 1)[index]]);
  const known = methodNames.map((name) => {
    const { aliases, unorderedAliases = [] } = methodEntry(name);
    return [name, [...aliases, ...unorderedAliases]];
  });
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(known));
});

test('compatibility - the methods that are not supported yet are those that intake refuses by name', () => {
  const told = column('Methods that are not supported yet', 0).flat();
  expect(told.filter((name) => !isLaterMethod(name))).toEqual([]);
  expect(namesInSource('laterMethods').length).toBeGreaterThan(10);
  expect(told).toEqual(expect.arrayContaining([...namesInSource('laterMethods')]));
});

test('compatibility - the keys of the original configuration that it names are accepted', () => {
  const section = page.slice(page.indexOf('\n## Configuration'), page.indexOf('\n## Intakes'));
  const keys = codeSpans(section).filter((name) => /^[A-Z][A-Za-z]+$/.test(name));
  expect(keys.length).toBeGreaterThan(8);
  expect(keys.filter((key) => !isOriginalKey(key))).toEqual([]);
});
