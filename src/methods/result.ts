// How the methods that are no commands end.
import type { RunResult } from './run.ts';

const nothing = new Uint8Array(0);

export interface Span {
  /** Wall clock, milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
}

export function succeeded(span: Span, stdout: Uint8Array = nothing): RunResult {
  return {
    outcome: { state: 'succeeded', ...span, stdoutBytes: stdout.length, stderrBytes: 0 },
    stdout,
    stderr: nothing,
  };
}

export function failed(span: Span, why: { readonly reason: string; readonly retry?: string }): RunResult {
  return {
    outcome: { state: 'failed', ...span, stdoutBytes: 0, stderrBytes: 0, reason: why.reason },
    stdout: nothing,
    stderr: nothing,
    ...(why.retry === undefined ? {} : { retry: why.retry }),
  };
}

export function withOutput(result: RunResult, stdout: Uint8Array): RunResult {
  return { ...result, outcome: { ...result.outcome, stdoutBytes: stdout.length }, stdout };
}

/** Nothing of it has begun. */
export function rejected(span: Span, reason: string): RunResult {
  const { outcome, ...rest } = failed(span, { reason });
  return { outcome: { ...outcome, state: 'rejected' }, ...rest };
}
