import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, tableUnder } from './markdown.ts';
import { filesIn, readText, withoutComments } from './tree.ts';

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const architecture = readText('docs/architecture.md');
const sources = filesIn('src').filter((file) => file.endsWith('.ts'));
const imports: readonly Import[] = sources.flatMap((file) =>
  [...withoutComments(readText(file)).matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*'([^']+)'/g)].map(
    ([, specifier = '']) => ({ file, specifier }),
  ),
);
const layers = tableUnder(architecture, 'Layers').rows.map(([folder = '', , allowed = '']) => ({
  folder: codeSpans(folder)[0] ?? '',
  allowed: codeSpans(allowed),
}));

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** The folder of src that an import leads to, or undefined for a package. */
function targetOf({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return folderOf(posix.join(posix.dirname(file), specifier));
}

test('layers - the rules look at the whole of src', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(imports.length).toBeGreaterThan(400);
});

test('layers - the table names every folder of src once, and nothing else', () => {
  const folders = new Set(sources.map(folderOf));
  expect(layers.map(({ folder }) => folder).sort()).toEqual([...folders].sort());
});

test('layers - what a folder may import stands above it in the table, so there is no cycle', () => {
  layers.forEach(({ folder, allowed }, index) => {
    const above = layers.slice(0, index).map((layer) => layer.folder);
    expect(above, `${folder} may only name folders that stand above it`).toEqual(expect.arrayContaining([...allowed]));
  });
});

test('layers - every import leads where the table allows it', () => {
  const wrong = imports.flatMap((one) => {
    const from = folderOf(one.file);
    const to = targetOf(one);
    const allowed = layers.find(({ folder }) => folder === from)?.allowed ?? [];
    return to === undefined || to === from || allowed.includes(to) ? [] : [`${one.file} imports ${one.specifier}`];
  });
  expect(
    wrong,
    'a folder imports only what docs/architecture.md lists for it, so that a change reaches only those that name it',
  ).toEqual([]);
});

test('layers - the table allows nothing that nobody uses', () => {
  const used = new Set(imports.map((one) => `${folderOf(one.file)} ${targetOf(one) ?? ''}`));
  const unused = layers.flatMap(({ folder, allowed }) =>
    allowed.filter((to) => !used.has(`${folder} ${to}`)).map((to) => `${folder} may import ${to}, and does not`),
  );
  expect(unused).toEqual([]);
});

test('layers - the flow takes only types from the methods', () => {
  const values = sources
    .filter((file) => folderOf(file) === 'flow')
    .filter((file) => /import (?!type )[^;]*'\.\.\/methods\//.test(withoutComments(readText(file))));
  expect(values).toEqual([]);
});

test('layers - the composition root is the only user of what it composes', () => {
  const outside = imports.filter(
    (one) =>
      ['link', 'store', 'flow'].includes(targetOf(one) ?? '') &&
      !['link', 'store', 'flow', 'node'].includes(folderOf(one.file)),
  );
  expect(outside).toEqual([]);
});

test('layers - what only some folders may touch is touched nowhere else', () => {
  const rules = tableUnder(architecture, 'What only some folders may touch').rows.map(([what = '', where = '']) => ({
    what: codeSpans(what)[0] ?? '',
    folders: codeSpans(where),
  }));
  expect(rules.length).toBeGreaterThanOrEqual(7);
  for (const { what, folders } of rules) {
    const users = what.startsWith('process.') ? usersOf(what) : importersOf(what);
    const outside = users.filter((file) => !folders.some((folder) => file.startsWith(`${folder}/`)));
    expect(outside, `${what} only in ${folders.join(', ')} (docs/architecture.md)`).toEqual([]);
    expect(users.length, `nobody uses ${what}: the rule has become empty`).toBeGreaterThan(0);
  }
});

function importersOf(name: string): readonly string[] {
  return imports.filter(({ specifier }) => specifier === name).map(({ file }) => file);
}

/** Also where it is taken apart: `const { env } = process`. */
function usersOf(what: string): readonly string[] {
  const part = what.replace('process.', '');
  const pattern = new RegExp(`\\bprocess\\??\\.${part}\\b|\\{[^}]*\\b${part}\\b[^}]*\\}\\s*=\\s*process\\b`);
  return sources.filter((file) => pattern.test(withoutComments(readText(file))));
}
