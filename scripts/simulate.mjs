// npm run simulate: compiles the simulator over the sources of the checkout, and runs it. `npm run simulate -- --help` tells the options.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// A folder of its own, so that two runs at once do not take each other's program away.
const folder = `.cache/simulator/${process.pid}`;

await build({
  absWorkingDir: root,
  entryPoints: ['simulator/main.ts', 'simulator/worker.ts'],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
const options = ['--enable-source-maps', `${folder}/main.mjs`, root, ...process.argv.slice(2)];
const child = spawn(process.execPath, options, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
process.once('SIGINT', () => child.kill('SIGINT')).once('SIGTERM', () => child.kill('SIGTERM'));
const [code] = await once(child, 'close');
await rm(`${root}${folder}`, { recursive: true, force: true });
process.exitCode = code ?? 1;
