// A version of Steward that there is not: the source of this one with changes, compiled in a folder of its own.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env['STEWARD_TEST_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
const dependencies = fileURLToPath(new URL('../../node_modules', import.meta.url));

export interface SourceChange {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly old: string;
  readonly new: string;
}

export interface MadeUpVersion {
  /** For the runner of a node of a fleet. */
  readonly program: string;
  remove(): void;
}

/** Throws where a change does not find its place: the test would otherwise be about this version. */
export function makeVersion(changes: readonly SourceChange[]): MadeUpVersion {
  const folder = mkdtempSync(join(tmpdir(), 'steward-version-'));
  for (const name of ['src', 'bin', 'package.json', 'scripts'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  symlinkSync(dependencies, join(folder, 'node_modules'));
  for (const change of changes) {
    const file = join(folder, change.file);
    const parts = readFileSync(file, 'utf8').split(change.old);
    if (parts.length !== 2) throw new Error(`"${change.old}" stands ${parts.length - 1} times in ${change.file}`);
    writeFileSync(file, parts.join(change.new));
  }
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: 'ignore' });
  return {
    program: join(folder, 'bin/steward.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
