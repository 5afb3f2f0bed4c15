// How methods end that go on for long, and hand over what they have to say while they run.
import type { Outcome, Streamed } from '../model/message.ts';
import type { RunResult, RunStop } from './run.ts';

export type End = Pick<Outcome, 'state' | 'reason'>;

const nothing = new Uint8Array(0);

export function longResult(
  end: End,
  of: {
    readonly span: Pick<Outcome, 'startedAt' | 'durationMs'>;
    readonly streamed?: Streamed;
    readonly signal?: AbortSignal;
  },
): RunResult {
  const { span, streamed, signal } = of;
  const stop = signal?.aborted === true ? (signal.reason as RunStop) : undefined;
  return {
    outcome: { ...end, ...span, stdoutBytes: 0, stderrBytes: 0, ...(streamed === undefined ? {} : { streamed }) },
    stdout: nothing,
    stderr: nothing,
    // Nobody has cancelled it: it runs again in the next life of its node.
    ...(stop === undefined || stop.gently ? {} : { retry: stop.reason }),
  };
}
