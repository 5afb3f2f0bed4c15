// Whether the result of a run is one that the flow can keep and send.
import type { RunRequest, RunResult } from '../../src/methods/run.ts';
import type { Streamed } from '../../src/model/message.ts';
import { fields } from '../../src/wire/field.ts';
import { longestReason, packReplyTo, unpackReplyTo } from '../../src/wire/outcome.ts';

/** `taken`: what was handed over while it ran. Throws where something is wrong. */
export function checkResult({ message }: RunRequest, result: RunResult | undefined, taken?: Streamed): void {
  if (result === undefined) throw new Error('no result');
  const { outcome, stdout, stderr, retry } = result;
  const wrong = (what: string): never => {
    throw new Error(`${what}: ${JSON.stringify(outcome).slice(0, 1_000)}`);
  };
  if (outcome.stdoutBytes !== stdout.length || outcome.stderrBytes !== stderr.length)
    wrong('the counts are not those of the bytes');
  const { state, reason, exitCode, signal, streamed } = outcome;
  if (state !== 'succeeded' && reason === undefined && exitCode === undefined && signal === undefined)
    wrong('no reason');
  if (reason === '' || retry === '') wrong('an empty reason');
  if (retry !== undefined && !['failed', 'timedOut', 'cancelled', 'succeeded'].includes(state))
    wrong('to be tried again');
  if (taken !== undefined && JSON.stringify(streamed ?? none) !== JSON.stringify(taken))
    wrong(`handed over ${JSON.stringify(taken)}`);
  // As it travels: a value that is refused there would keep the message in its lane for ever.
  const sent = packReplyTo({ id: message.id, method: message.method, outcome });
  const { outcome: read } = unpackReplyTo(fields(JSON.parse(JSON.stringify(sent))));
  const told = { ...outcome, ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }) };
  if (!isSame(read, told)) wrong(`it arrives as ${JSON.stringify(read)}`);
}

const none: Streamed = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };

/** Whatever the order of their values. */
function isSame(one: object, other: object): boolean {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof typeof one)[];
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}
