// Methods that few nodes run: what they need is loaded with the first of them, and a node that runs none holds nothing of it.
import type { MethodsOptions } from './methods-options.ts';
import type { MethodName } from '../model/method-name.ts';
import type { runHttpGet } from './http/run-http-get.ts';
import { failed } from './result.ts';
import type { OnOutput, RunOptions, RunRequest, RunResult } from './run.ts';
import { startSpan } from './span.ts';
import type { Inputs } from './input/inputs.ts';

export async function runHttp(
  request: RunRequest,
  { signal }: RunOptions,
  options: MethodsOptions & { readonly outputLimit: number },
): Promise<RunResult> {
  const { clock, timers, outputLimit } = options;
  try {
    const run = await loadHttp(request.message.method);
    const transport = options.parts?.transport ?? (await import('./http/get-once.ts')).getOnce;
    return await run(request, { clock, timers, transport, outputLimit, signal });
  } catch (error) {
    return failed(startSpan(clock)(), { reason: `${request.message.method} could not be loaded: ${String(error)}` });
  }
}

async function loadHttp(method: MethodName): Promise<typeof runHttpGet> {
  if (method === 'httpPost') return (await import('./http/run-http-post.ts')).runHttpPost;
  return (await import('./http/run-http-get.ts')).runHttpGet;
}

export async function runSource(
  request: RunRequest,
  runOptions: RunOptions,
  options: MethodsOptions & { readonly inputs: Inputs },
): Promise<RunResult> {
  const { workFolder, clock, timers, askOther, inputs } = options;
  const { signal, onOutput = nobodyReads } = runOptions;
  const { runCopySource } = await import('./copy/copy-source.ts');
  return runCopySource(request, { workFolder, inputs, clock, timers, signal, onOutput, askOther });
}

export async function runTarget(
  request: RunRequest,
  { signal }: RunOptions,
  options: MethodsOptions & { readonly inputs: Inputs },
): Promise<RunResult> {
  const { workFolder, clock, inputs } = options;
  const { runCopyTarget } = await import('./copy/copy-target.ts');
  return runCopyTarget(request, { workFolder, inputs, clock, signal });
}

export const nobodyReads: OnOutput = () => Promise.resolve('go on');
