// Measures how long a run takes.
import type { Clock } from '../base/clock.ts';
import type { Span } from './result.ts';

/** Starts a stopwatch; the answer reads it. */
export function startSpan(clock: Clock): () => Span {
  const startedAt = Math.round(clock.wall());
  const from = clock.monotonic();
  return () => ({ startedAt, durationMs: Math.round(clock.monotonic() - from) });
}
