// npm run bench: compiles Steward and its benchmark, finds nats-server, and measures. `npm run bench -- --help` tells the options.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { fetchNatsServer } from './fetch-nats-server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const help = `Usage: npm run bench -- [options]

Measures what BENCHMARKS.md tells, with real processes and a real nats-server, and prints it as a table: about eleven minutes
on two cores. Other work on the machine spoils the figures.

Options:
  --only NAME       one of round-trip, ping, commands, connection, idle, backlog, dead-node, queue, neighbours, quota, errors,
                    stream; may be given several times. Only when they are named: quota, a million messages with a
                    quota of 50 MB, ten minutes; errors, a thousand nodes with ten thousand errors each, and stream, one
                    GiB of output with pings beside it, four minutes each
  --quick           a tenth of the messages
  --json            the figures as JSON
  --profile FOLDER  processor profiles of every node, by its name
`;

const given = process.argv.slice(2);
if (given.includes('--help')) {
  process.stdout.write(help);
} else {
  await run(process.execPath, ['scripts/build.mjs']);
  await build({
    absWorkingDir: root,
    entryPoints: ['bench/main.ts'],
    // Two folders below the root, as the test support is: it looks for the broker from there.
    outdir: '.cache/bench',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  process.env.STEWARD_TEST_NATS_SERVER = await fetchNatsServer();
  await run(process.execPath, ['.cache/bench/main.mjs', root, ...given]);
}

async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) process.exit(code ?? 1);
}
