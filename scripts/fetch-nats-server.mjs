// Finds nats-server, the broker that the integration tests run against, and prints where it is.
// Looks on the PATH, then in .cache/nats-server; else takes Debian's package apart there. Needs no root: nothing is installed.
// Two runs at once are safe: each works in a folder of its own, and the finished binary is put in place by one rename.
import { execFile } from 'node:child_process';
import { access, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = fileURLToPath(new URL('../.cache/nats-server', import.meta.url));
const cached = join(cacheFolder, 'nats-server');
const boundMs = 300_000;

/** The path of a nats-server that starts. Throws an error of one line where there is none and apt cannot bring one. */
export async function fetchNatsServer() {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const file of [...onPath.map((folder) => join(folder, 'nats-server')), cached]) {
    if (await starts(file)) return file;
  }
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'fetch-'));
  try {
    const archive = await download(work);
    await run('dpkg-deb', ['-x', archive, join(work, 'package')], { timeout: boundMs });
    const binary = join(work, 'package/usr/sbin/nats-server');
    if (!(await starts(binary))) throw new Error(`the package's usr/sbin/nats-server does not start`);
    await copyFile(binary, join(work, 'nats-server'));
    await rename(join(work, 'nats-server'), cached);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return cached;
}

async function starts(file) {
  try {
    await access(file, constants.X_OK);
    await run(file, ['--version'], { timeout: 30_000 });
    return true;
  } catch {
    return false; // Absent or unusable: the next place is tried, and in the end the caller says that there is none.
  }
}

/** The machine's own package lists serve where they are there and fresh; otherwise private ones are fetched. */
async function download(work) {
  const failures = [];
  for (const prepare of [async () => [], () => privateLists(work, failures)]) {
    try {
      const options = await prepare();
      await run('apt-get', [...options, ...asCurrentUser(), 'download', 'nats-server'], {
        cwd: work,
        timeout: boundMs,
      });
      const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
      if (archive !== undefined) return join(work, archive);
      failures.push('apt-get download left no package');
    } catch (error) {
      failures.push(oneLine(error));
    }
  }
  throw new Error([...new Set(failures)].join('; '));
}

async function privateLists(work, failures) {
  const [state, cache] = [join(work, 'state'), join(work, 'cache')];
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(cache, 'archives/partial'), { recursive: true });
  const options = ['-o', `Dir::State=${state}`, '-o', `Dir::Cache=${cache}`];
  try {
    const updated = await run('apt-get', [...options, ...asCurrentUser(), 'update'], {
      timeout: boundMs,
      maxBuffer: 16 * 1024 * 1024,
    });
    // An unreachable mirror is only a warning to apt, which then ends with 0.
    const warning = updated.stderr.split('\n').find((line) => line.startsWith('W: Failed'));
    if (warning !== undefined) failures.push(warning);
  } catch (error) {
    // One broken source among several must not stop us: whether the package can be had, the download says.
    failures.push(oneLine(error));
  }
  return options;
}

/** Root's apt hands downloads to the user _apt, who may not write into the checkout. */
function asCurrentUser() {
  return process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
}

function oneLine(error) {
  if (error.code === 'ENOENT') return `${error.path} is not on this machine`;
  const lines = `${error.stderr ?? ''}\n${error.message}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line.startsWith('E:')) ?? lines.find((line) => line !== '') ?? 'failed without a word';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.stdout.write(`${await fetchNatsServer()}\n`);
  } catch (error) {
    process.stderr.write(
      `nats-server is missing and apt could not bring it: ${error.message}. Install it and put it on the PATH, then try again.\n`,
    );
    process.exitCode = 1;
  }
}
