// Rules of the repository that no tool checks.
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, tableUnder, tablesUnder } from './markdown.ts';
import { filesIn, readText, root } from './tree.ts';

const files = filesIn();
const sources = files.filter((path) => /^src\/.*\.ts$/.test(path));
const texts = files.filter((path) => /\.(ts|mjs|js|md|json|toml)$|^\.ci\/|^LICENSE$/.test(path));
const longest = 250;

/** Files that are longer, and why. A file that has become shorter leaves the list. */
const longFiles: Readonly<Record<string, string>> = {
  'src/flow/job-runner.ts': 'one state machine, read as one',
  'src/model/error-table.ts': 'a table',
  'src/model/method-name.ts': 'a table',
  'src/intake/method-docs.ts': 'what is said of each method, beside each other',
  'src/model/store-op.ts': 'every change of the store and every question to it, as values',
  'src/node/config/options.ts': 'one table',
  'src/node/start-node.ts': 'everything that a node consists of, in the order in which it begins',
  'src/store/memory-store.ts': 'every change of the store once more, beside each other',
  'src/store/sqlite-store.ts': 'every change of the store, beside each other',
};

function linesOf(path: string): number {
  return readText(path).split('\n').length - 1;
}

test('repository - the rules look at all of it', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(texts.length).toBeGreaterThan(250);
});

test('repository - a source file is short enough to be read at once', () => {
  const long = sources.filter((path) => linesOf(path) > longest);
  expect(long, `at most ${longest} lines, or a reason in this test`).toEqual(Object.keys(longFiles).sort());
  const lines = sources.map(linesOf).sort((left, right) => left - right);
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(100);
});

test('repository - every source file says at its top what it is for', () => {
  expect(sources.filter((path) => !readText(path).startsWith('// '))).toEqual([]);
});

test('repository - names of files are in kebab-case, and none is a place for leftovers', () => {
  const own = files.filter((path) => /^(src|test|bench|faults|scripts)\//.test(path));
  // What a version wrote keeps the names that it gave.
  const names = own.filter((path) => !path.startsWith('test/fixtures/')).map((path) => posix.basename(path));
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.long)?(\.test)?\.(ts|mjs|json)$/.test(name))).toEqual([]);
  expect(names.filter((name) => /^(utils?|helpers?|common|misc|types|index)\.ts$/.test(name))).toEqual([]);
});

test('repository - no file only passes on what others export', () => {
  expect(sources.filter((path) => /^export (\*|\{[^}]*\}|type \{[^}]*\}) from /m.test(readText(path)))).toEqual([]);
});

test('repository - no path of a machine stands in it', () => {
  const places = [root.replace(/\/$/, ''), '/home/[a-z]', '/Users/[A-Za-z]', '/work/[a-z]'];
  const pattern = new RegExp(places.join('|'));
  expect(texts.filter((path) => pattern.test(readText(path)) && !path.startsWith('test/unit/rules/'))).toEqual([]);
});

test('repository - the lock file names no registry host, and holds what package.json pins', () => {
  const lock = readText('package-lock.json');
  expect(lock.length).toBeGreaterThan(10_000);
  expect(lock).not.toMatch(/https?:\/\/[^"]*\/-\//);
  expect(lock).not.toContain('"resolved"');
  const { dependencies, devDependencies } = manifest();
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(ranges, 'versions are pinned exactly').toEqual([]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly license: string;
}

function manifest(): Manifest {
  return JSON.parse(readText('package.json')) as Manifest;
}

test('repository - docs/dependencies.md explains every package, and no other', () => {
  const page = readText('docs/dependencies.md');
  const named = (heading: string): readonly string[] =>
    (tablesUnder(page, heading)[0]?.rows ?? []).flatMap(([name = '']) => codeSpans(name));
  const { dependencies, devDependencies } = manifest();
  expect([...named('At run time')].sort()).toEqual(Object.keys(dependencies).sort());
  expect([...named('For development')].sort()).toEqual(Object.keys(devDependencies).sort());
});

test('repository - the licences of packages are those that docs/dependencies.md says', () => {
  const rows = tableUnder(readText('docs/dependencies.md'), 'At run time').rows;
  for (const [name = '', , licence] of rows) {
    const { license } = JSON.parse(readText(`node_modules/${codeSpans(name)[0] ?? ''}/package.json`)) as Manifest;
    expect({ name, licence }).toEqual({ name, licence: license });
  }
  expect(manifest().license).toBe('Apache-2.0');
  expect(readText('LICENSE')).toContain('Version 2.0, January 2004');
});

test('repository - the variables of the tests are those that CONTRIBUTING.md explains', () => {
  const told = tableUnder(readText('CONTRIBUTING.md'), 'Variables').rows.flatMap(([name = '']) => codeSpans(name));
  const used = files
    .filter((path) => /^(test|scripts|bench)\/.*\.(ts|mjs)$/.test(path))
    .flatMap((path) =>
      [...readText(path).matchAll(/\b(?:env(?:ironment)?\.|env\[')(STEWARD_TEST_\w+)/g)].map(([, name = '']) => name),
    );
  expect([...new Set(used)].sort()).toEqual([...told].sort());
});

/** Their codes are given away; those who report them come after. */
const reserved: readonly string[] = ['queue-full', 'process-crashed', 'process-stopped', 'event-loop-blocked'];

test('repository - every error that the table knows is thrown somewhere', async () => {
  const { errorTable } = await import('../../../src/model/error-table.ts');
  const code = sources
    .filter((path) => !path.endsWith('error-table.ts'))
    .map(readText)
    .join('\n');
  expect(Object.keys(errorTable).filter((name) => !code.includes(`'${name}'`) && !reserved.includes(name))).toEqual([]);
});
