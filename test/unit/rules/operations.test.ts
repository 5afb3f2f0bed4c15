// docs/operations.md against the program: its service, its options, its codes and what messages are said to wait for.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { codeSpans, fencesIn, tableUnder } from './markdown.ts';
import { readText } from './tree.ts';

const page = readText('docs/operations.md');
const blocks = fencesIn(page);
const service = blocks.find(({ info }) => info.endsWith('steward.service'))?.text ?? '';
const program = '/opt/steward/bin/steward.js';

test('operations - the service starts the program of this checkout, and systemd has nothing to say against it', ({
  skip,
}) => {
  expect(service).toContain(`ExecStart=${program} node\n`);
  accessSync(resolve('bin/steward.js'), constants.X_OK);
  if (spawnSync('systemd-analyze', ['--version']).error !== undefined) skip('there is no systemd-analyze here');
  const folder = mkdtempSync(join(tmpdir(), 'steward-unit-'));
  try {
    const verify = (text: string): string => {
      const unit = join(folder, 'steward.service');
      writeFileSync(unit, text.replace(program, resolve('bin/steward.js')));
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
      return `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line.includes('steward'))
        .join('\n');
    };
    expect(verify(service)).toBe('');
    expect(verify(service.replace('KillMode=mixed', 'KillMode=mixedd'))).not.toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('operations - every command and option that it names is in docs/cli.md', () => {
  const cli = readText('docs/cli.md');
  const spans = [...codeSpans(page), ...blocks.flatMap(({ text }) => text.split('\n'))];
  const commands = spans.flatMap((span) =>
    [...span.matchAll(/(?:^|[ .])steward(?:\.js)? ([a-z]+)(?=$| )/g)].map(([, name = '']) => name),
  );
  expect(commands.length).toBeGreaterThan(8);
  expect(commands.filter((name) => !cli.includes(`## steward ${name}\n`))).toEqual([]);
  const options = spans
    .filter((span) => /^(steward|--)/.test(span))
    .flatMap((span) => (span.split(' -- ')[0] ?? '').match(/--[a-z-]+/g) ?? []);
  // What is the container's, not ours.
  const ours = options.filter((option) => !['--env', '--init'].includes(option));
  expect(ours.length).toBeGreaterThanOrEqual(5);
  expect(ours.filter((option) => !cli.includes(option))).toEqual([]);
});

test('operations - every code is in docs/errors.md, and every reason to wait in docs/api.md', () => {
  const seen = tableUnder(page, 'When something is wrong').rows.map(([, cell = '']) => cell);
  const codes = seen.flatMap(codeSpans).filter((span) => /^[a-z]+-[a-z-]+$/.test(span));
  expect(codes.length).toBeGreaterThan(10);
  const errors = readText('docs/errors.md');
  expect(codes.filter((code) => !errors.includes(`| \`${code}\``))).toEqual([]);
  const waits = seen.flatMap((cell) => [...cell.matchAll(/wait: `([^`]+)`/g)].map(([, why = '']) => why));
  expect(waits.length).toBeGreaterThanOrEqual(3);
  const api = readText('docs/api.md');
  expect(waits.filter((why) => !api.includes(`\`${why}\``))).toEqual([]);
});
