// What broke in the originals (docs/compatibility.md) against the tests that show that it holds here.
import { expect, test } from 'vitest';
import { codeSpans, tableUnder } from './markdown.ts';
import { filesIn, readText, withoutComments } from './tree.ts';

const { rows } = tableUnder(readText('docs/compatibility.md'), 'What broke in the originals');
const tests = filesIn('test').filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/unit/rules/'));

function codeOf(paths: readonly string[]): string {
  return paths.map((path) => withoutComments(readText(path))).join('\n');
}

/** Titles of tests with real processes that run as they are: none that is skipped, and none that is made of parts. */
const titles = [
  ...codeOf(tests.filter((path) => path.startsWith('test/integration/'))).matchAll(/\btest\(\s*(["'`])(.*?)\1,/g),
].map(([, , title = '']) => title);
const ours = [...codeOf(tests).matchAll(/(["'`])(original - .*?)\1/g)].map(([, , title = '']) => title);

const notBuilt = 'not built yet: messages are not signed';
const built = rows.filter(([, cell]) => cell !== notBuilt);

test('originals - the rules look at all of them', () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(titles.length).toBeGreaterThan(300);
  expect(ours.length).toBeGreaterThan(10);
});

test('originals - each has one test, which is there, but for what is not built', () => {
  expect(rows.filter((row) => !built.includes(row)).map(([item]) => item)).toEqual([
    'the signature covered only the joined arguments',
  ]);
  const wrong = built.filter(([, cell = '']) => {
    const [title = '', ...others] = codeSpans(cell);
    return cell !== `\`${title}\`` || others.length > 0 || titles.filter((known) => known === title).length !== 1;
  });
  expect(wrong).toEqual([]);
});

test('originals - every test that says so stands in the table, once', () => {
  const named = built.flatMap(([, cell = '']) => codeSpans(cell));
  expect(named.filter((title) => title.startsWith('original - ')).sort()).toEqual([...ours].sort());
});
