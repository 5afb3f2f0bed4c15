// The method `httpGet`: asks a web server of the receiver's, and gives back what it answers.
//
// Job: bounds the question in time and in bytes, ends it when it is told to, and turns whatever comes into one result.
// From: create-methods.ts. To: follow-redirects.ts, and the transport that comes in as an argument.
//
// 1. There is one result, and it comes: with the answer, the timeout or the stop, whichever is first. It never rejects.
// 2. With the result everything that was opened for it is closed.
// 3. What was read before the end is kept, up to the bound, however it ends.
import type { Clock, Timers } from '../../base/clock.ts';
import { readHttpGetArgs, type HttpGet } from '../../model/http-get-args.ts';
import type { Outcome } from '../../model/message.ts';
import { Output } from '../command/output.ts';
import type { RunRequest, RunResult, RunStop } from '../run.ts';
import { startSpan } from '../span.ts';
import { followRedirects, headerOf } from './follow-redirects.ts';
import { describeProblem, oneLine } from './network-problem.ts';
import type { Answer, Transport } from './transport.ts';
import { unpackBody } from './unpack-body.ts';

export interface HttpGetOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly transport: Transport;
  /** Of status lines, headers and body together, in bytes. */
  readonly outputLimit: number;
  /** Ends it at once; the reason of the abort is a RunStop. */
  readonly signal: AbortSignal;
}

export type End = Pick<Outcome, 'state' | 'reason'>;

export async function runHttpGet({ message }: RunRequest, options: HttpGetOptions): Promise<RunResult> {
  const reading = readHttpGetArgs(message.args);
  if ('problem' in reading) return refused(reading.problem, options.clock);
  return exchange(message.methodTimeoutMs, options, (asking) => ask(reading.get, asking));
}

export function refused(
  { message, hint }: { readonly message: string; readonly hint: string },
  clock: Clock,
): RunResult {
  return resultOf(failedFor(`${message} (${hint})`), { span: startSpan(clock)(), stdout: new Uint8Array(0) });
}

/** The frame of every question: it ends by its work, its time or its signal. */
export async function exchange(
  methodTimeoutMs: number,
  options: HttpGetOptions,
  work: (asking: Asking) => Promise<End>,
  /** What an attempt before came to, where the time runs out in a later one. */
  last: () => string | undefined = () => undefined,
): Promise<RunResult> {
  const { clock, timers, signal } = options;
  const span = startSpan(clock);
  const closing = new AbortController();
  const output = new Output(options.outputLimit);
  let isOver = false;
  let cancel = (): void => undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<End>((resolve) => {
    onAbort = () => resolve(failedFor((signal.reason as RunStop).reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    if (methodTimeoutMs < 0) return;
    cancel = timers.after(methodTimeoutMs, () => {
      const before = last();
      const beside = before === undefined ? '' : `; the last attempt: ${before}`;
      resolve({ state: 'timedOut', reason: `no end within the method timeout of ${methodTimeoutMs} ms${beside}` });
    });
  });
  // What comes after the end is nobody's.
  const keep = (bytes: Uint8Array): boolean => isOver || output.add('stdout', bytes);
  const working = signal.aborted ? stopped : work({ ...options, signal: closing.signal, keep });
  const end = await Promise.race([stopped, working]);
  isOver = true;
  cancel();
  signal.removeEventListener('abort', onAbort);
  closing.abort();
  return resultOf(end, { span: span(), stdout: output.take().stdout });
}

export interface Asking extends Pick<HttpGetOptions, 'transport' | 'signal' | 'outputLimit'> {
  /** False where it is more than there is room for. */
  readonly keep: (bytes: Uint8Array) => boolean;
}

async function ask(get: HttpGet, asking: Asking): Promise<End> {
  const { transport, signal, outputLimit, keep } = asking;
  let room = outputLimit;
  let fits = true;
  const found = await followRedirects({
    get,
    transport,
    signal,
    onAnswer(answer) {
      if (!get.include) return;
      const head = headOf(answer);
      room = Math.max(0, room - head.length);
      fits &&= keep(head);
    },
  }).catch((error: unknown) => oneLine(String(error)));
  if (typeof found === 'string') return failedFor(found);
  const { answer, url } = found;
  try {
    const limit = fits ? Math.min(room, get.limit ?? room) : outputLimit;
    if (!fits || !(await readBody(answer, { limit, keep })))
      return failedFor(`output limit: output too large, more than ${limit} bytes; what came before is kept`);
  } catch (error) {
    return failedFor(describeProblem(error, { url, phase: 'reading' }));
  } finally {
    answer.body.destroy();
  }
  const { status, statusText } = answer;
  if (status >= 200 && status <= 299) return { state: 'succeeded' };
  return failedFor(`HTTP ${status} ${oneLine(statusText)}`.trim());
}

/** False where it is longer than the limit; then what fits is kept. */
export async function readBody(
  { body, headers }: Answer,
  { limit, keep }: { readonly limit: number; readonly keep: (bytes: Uint8Array) => boolean },
): Promise<boolean> {
  let left = limit;
  for await (const bytes of unpackBody(body, headerOf(headers, 'content-encoding') ?? '')) {
    if (bytes.length > left) {
      keep(bytes.subarray(0, left));
      return false;
    }
    left -= bytes.length;
    keep(bytes);
  }
  return true;
}

/** As it came: each character is a byte. */
function headOf({ version, status, statusText, headers }: Answer): Uint8Array {
  const lines = [`HTTP/${version} ${status} ${statusText}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

export function failedFor(reason: string): End {
  return { state: 'failed', reason };
}

function resultOf(
  end: End,
  { span, stdout }: { readonly span: Pick<Outcome, 'startedAt' | 'durationMs'>; readonly stdout: Uint8Array },
): RunResult {
  return {
    outcome: { ...end, ...span, stdoutBytes: stdout.length, stderrBytes: 0 },
    stdout,
    stderr: new Uint8Array(0),
  };
}
