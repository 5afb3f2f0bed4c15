// One word for one thing (docs/glossary.md).
import { expect, test } from 'vitest';
import { tableUnder } from './markdown.ts';
import { filesIn, readText } from './tree.ts';

const page = 'docs/glossary.md';
const rows = tableUnder(readText(page), 'Words').rows;
const unwanted = rows.flatMap(([word = '', , not = '']) =>
  not
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((second) => ({ word, second })),
);
const texts = filesIn().filter(
  (path) => (path.endsWith('.md') && path !== page) || /^src\/(cli|flow|model|contract)\/.*\.ts$/.test(path),
);

test('glossary - no page, command or stage of the flow has a second word for a known thing', () => {
  expect(unwanted.length).toBeGreaterThan(8);
  expect(texts.length).toBeGreaterThan(60);
  for (const { word, second } of unwanted) {
    const pattern = new RegExp(`\\b${second}s?\\b`, 'i');
    const found = texts.filter((path) => pattern.test(readText(path)));
    expect(found, `"${second}" is called "${word}" here (${page})`).toEqual([]);
  }
});

test('glossary - the words stand in it once', () => {
  const words = rows.flatMap(([word = '']) => word.split(', '));
  expect(words).toEqual([...new Set(words)]);
});
