// Finds a Node that has SQLite of its own (22.14 or newer), for the tests that go from one driver of the store to the other, and prints where it is.
// The one that runs this, if it is new enough; else the package `node` of the npm registry, in .cache/node. Nothing is installed in the project.
import { execFile } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = fileURLToPath(new URL('../.cache/node', import.meta.url));
const version = '24.21.0';
const boundMs = 300_000;

/** The path of a Node with node:sqlite. Throws an error of one line where npm cannot bring one. */
export async function fetchNode() {
  const cached = join(cacheFolder, 'node_modules/node/bin/node');
  for (const file of [process.execPath, cached]) if (await hasSqlite(file)) return file;
  await mkdir(cacheFolder, { recursive: true });
  // Its install script puts the binary of this machine in place.
  await run('npm', ['install', '--prefix', cacheFolder, '--no-save', '--no-audit', '--no-fund', `node@${version}`], {
    timeout: boundMs,
  });
  if (!(await hasSqlite(cached))) throw new Error(`the package node@${version} does not start`);
  return cached;
}

async function hasSqlite(file) {
  try {
    await access(file, constants.X_OK);
    await run(file, ['--no-warnings', '-e', "require('node:sqlite')"], { timeout: 30_000 });
    return true;
  } catch {
    return false; // Absent, or too old: the next place is tried.
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.stdout.write(`${await fetchNode()}\n`);
  } catch (error) {
    process.stderr.write(`a newer Node is missing and npm could not bring it: ${error.message.split('\n')[0]}\n`);
    process.exitCode = 1;
  }
}
