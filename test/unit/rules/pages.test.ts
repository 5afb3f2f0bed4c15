// What stands in the pages exists: links, headings, files, decisions.
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, withoutFences } from './markdown.ts';
import { filesIn, readText } from './tree.ts';

const files = filesIn();
const pages = files.filter((path) => path.endsWith('.md'));

interface Link {
  readonly page: string;
  readonly target: string;
}

const links: readonly Link[] = pages.flatMap((page) =>
  [...withoutFences(readText(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
);

/** As GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  const headings = withoutFences(readText(page)).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

test('pages - the rules look at all of them', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/protocol.md']));
  expect(links.length).toBeGreaterThan(40);
});

test('pages - every link leads to a file, and to a heading in it', () => {
  const broken = links.filter(({ page, target }) => {
    if (/^https?:/.test(target)) return false;
    const [path = '', anchor = ''] = target.split('#');
    const file = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!files.includes(file) && !files.some((one) => one.startsWith(`${file.replace(/\/$/, '')}/`))) return true;
    return anchor !== '' && !anchorsOf(file).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('pages - every file and folder of the repository that they name is there', () => {
  const named = pages.flatMap((page) =>
    codeSpans(withoutFences(readText(page)))
      .filter((span) => /^(src|test|scripts|docs|bin|bench)\/[\w./-]+$/.test(span))
      .map((path) => ({ page, path })),
  );
  expect(named.length).toBeGreaterThan(60);
  const missing = named.filter(
    ({ path }) => !files.includes(path) && !files.some((file) => file.startsWith(`${path}/`)),
  );
  expect(missing).toEqual([]);
});

test('pages - files that comments in the code name are there', () => {
  const sources = files.filter((path) => /^(src|test|scripts|bench)\/.*\.(ts|mjs)$/.test(path));
  const named = sources.flatMap((source) =>
    [...readText(source).matchAll(/\b(docs\/[a-z0-9/-]+\.md)\b/g)].map(([, path = '']) => ({ source, path })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ path }) => !files.includes(path))).toEqual([]);
});

test('pages - every page is reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const link of links) {
      if (link.page !== page || /^https?:/.test(link.target)) continue;
      const path = posix.join(posix.dirname(page), link.target.split('#')[0] ?? '');
      if (pages.includes(path)) reached.add(path);
    }
  }
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test('pages - every decision is listed, with its title, and has its three parts', () => {
  const decisions = pages.filter((page) => /^docs\/adr\/\d{4}-/.test(page));
  expect(decisions.length).toBeGreaterThanOrEqual(7);
  const list = readText('docs/adr/README.md');
  for (const page of decisions) {
    const text = readText(page);
    const title = /^# (.*)$/m.exec(text)?.[1] ?? '';
    expect(list, `${page} is to be listed by its title`).toContain(`[${title}](${posix.basename(page)})`);
    for (const part of ['## Context', '## Decision', '## Consequences'])
      expect({ page, text }).toMatchObject({ text: expect.stringContaining(part) as string });
  }
});
