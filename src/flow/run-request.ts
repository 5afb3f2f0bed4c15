// What a run is given, and the results that the flow itself gives.
import type { FileMark, FollowMark, RunKey, RunRequest, RunResult } from '../methods/run.ts';
import type { Message } from '../model/message.ts';
import type { Accepted } from './in-lane.ts';

export function runKey(message: Message): RunKey {
  return `${message.from}/${message.id}`;
}

export function requestOf(accepted: Accepted, body: Uint8Array): RunRequest {
  const { record, message } = accepted;
  const request = { key: runKey(message), message, body };
  if (record.mark === null) return request;
  const mark = JSON.parse(record.mark) as FileMark | FollowMark;
  return 'file' in mark || 'cursor' in mark ? { ...request, followed: mark } : { ...request, mark };
}

function emptyResult(outcome: RunResult['outcome']): RunResult {
  return { outcome, stdout: new Uint8Array(), stderr: new Uint8Array() };
}

export function unknownResult(reason: string): RunResult {
  return emptyResult({ state: 'unknown', stdoutBytes: 0, stderrBytes: 0, reason });
}

export function cancelledResult(reason: string): RunResult {
  return emptyResult({ state: 'cancelled', stdoutBytes: 0, stderrBytes: 0, reason });
}

export function doneResult(): RunResult {
  return emptyResult({ state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 });
}

export function failedResult(reason: string): RunResult {
  return emptyResult({ state: 'failed', stdoutBytes: 0, stderrBytes: 0, reason });
}

/** Both outputs. The larger they are, the more likely there is one alone, which is not copied: it is as large as an output may be. */
export function bodyOf({ stdout, stderr }: Pick<RunResult, 'stdout' | 'stderr'>): Uint8Array {
  if (stderr.length === 0) return stdout;
  return stdout.length === 0 ? stderr : Buffer.concat([stdout, stderr]);
}
