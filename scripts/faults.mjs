// npm run faults: compiles Steward and the fault campaign, finds nats-server, and lets everything break. `npm run faults -- --help` tells the options.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchNode } from './fetch-node.mjs';
import { fetchNatsServer } from './fetch-nats-server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const help = `Usage: npm run faults -- [options]

Real nodes on a real nats-server, on loopback, while processes are killed and stopped, links are cut, brokers are lost, disks
are full and stores are damaged; then it is judged whether anything was lost, ran twice, or lies. About eleven minutes on two cores.

Options:
  --minutes M   how long a whole run is (10); every minimum shrinks or grows with it
  --seed S      the choices of an earlier run (what the machine's timing adds is not in it)
  --only KIND   one scene; may be given several times: kill, satellite, storm, gsm, cut, half-open, stop, loss, broker, leaf,
                cluster, damage, full-disk, power-cut, drivers
  --jobs N      scenes at a time (2)
  --json        the result as JSON
  --record      writes the figures of a whole run in which nothing went wrong into docs/reliability.md
`;

const given = process.argv.slice(2);
if (given.includes('--help')) {
  process.stdout.write(help);
} else {
  const tested = process.env.STEWARD_TEST_ROOT ?? root;
  if (tested === root) await run(process.execPath, ['scripts/build.mjs']);
  await build({
    absWorkingDir: root,
    entryPoints: ['faults/main.ts'],
    // Two folders below the root, as the test support is: it looks for the broker from there.
    outdir: '.cache/faults',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  process.env.STEWARD_TEST_NATS_SERVER = await fetchNatsServer();
  try {
    process.env.STEWARD_TEST_NODE = await fetchNode();
  } catch (error) {
    process.stderr.write(
      `no newer Node (${error.message.split('\n')[0]}): the scene "drivers" says so and is not played\n`,
    );
  }
  // A copy: a build in the meantime would take chunks away from nodes that start.
  const program = realpathSync(mkdtempSync(join(tmpdir(), 'steward-faults-')));
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(tested, name), join(program, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'));
  process.env.STEWARD_TEST_ROOT = program;
  try {
    process.exitCode = await run(process.execPath, ['.cache/faults/main.mjs', ...given]);
  } finally {
    rmSync(program, { recursive: true, force: true });
  }
}

/** Answers its exit status. A signal that ends this process goes on to it, and is waited for. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const pass = (signal) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const [code] = await once(child, 'close');
  process.off('SIGINT', pass).off('SIGTERM', pass);
  if (code !== 0 && command === process.execPath && args[0] === 'scripts/build.mjs') process.exit(code ?? 1);
  return code ?? 1;
}
