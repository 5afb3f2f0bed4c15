// Compiles a program of these tests, to be started as a process of its own.
import { build, type Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';

export async function buildProgram(program: URL, to: { outfile: string; plugins?: Plugin[] }): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(program)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    ...to,
  });
}
