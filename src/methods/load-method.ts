// Methods that few nodes run: what they need is loaded with the first of them, and a node that runs none holds nothing of it.
import type { MethodsOptions } from './create-methods.ts';
import { failed } from './result.ts';
import type { OnOutput, RunOptions, RunRequest, RunResult } from './run.ts';
import { startSpan } from './span.ts';

export async function runGet(
  request: RunRequest,
  { signal }: RunOptions,
  options: MethodsOptions & { readonly outputLimit: number },
): Promise<RunResult> {
  const { clock, timers, outputLimit } = options;
  try {
    const { runHttpGet } = await import('./http/run-http-get.ts');
    const transport = options.parts?.transport ?? (await import('./http/get-once.ts')).getOnce;
    return await runHttpGet(request, { clock, timers, transport, outputLimit, signal });
  } catch (error) {
    return failed(startSpan(clock)(), { reason: `httpGet could not be loaded: ${String(error)}` });
  }
}

export async function runSource(
  request: RunRequest,
  runOptions: RunOptions,
  options: MethodsOptions,
): Promise<RunResult> {
  const { workFolder, clock, timers, askOther } = options;
  const { signal, onOutput = nobodyReads } = runOptions;
  const { runCopySource } = await import('./copy/copy-source.ts');
  return runCopySource(request, { workFolder, clock, timers, signal, onOutput, askOther });
}

export async function runTarget(
  request: RunRequest,
  { signal }: RunOptions,
  options: MethodsOptions,
): Promise<RunResult> {
  const { workFolder, clock } = options;
  const { runCopyTarget } = await import('./copy/copy-target.ts');
  return runCopyTarget(request, { workFolder, clock, signal });
}

export const nobodyReads: OnOutput = () => Promise.resolve('go on');
