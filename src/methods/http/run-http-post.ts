// The method `httpPost`: tells a web server, and gives back what it answers.
//
// From: create-methods.ts. To: the transport that comes in as an argument.
// 1. As httpGet (run-http-get.ts): one result, always; nothing stays open. Redirects are not followed.
// 2. Of an answer, which has no methodRetries, what may be better later (no answer, 408, 425, 429, 5xx) is tried again within its time.
// 3. It may be told twice, as whoever dies tells it again: always with the same Idempotency-Key.
import { pause } from '../../base/pause.ts';
import { answeredBy } from '../../model/message.ts';
import { readHttpPostArgs, type HttpPost } from '../../model/http-post-args.ts';
import type { RunRequest, RunResult } from '../run.ts';
import { credentialsOf } from './follow-redirects.ts';
import { describeProblem, oneLine } from './network-problem.ts';
import { postedOf, type Posted } from './post-body.ts';
import { exchange, failedFor, readBody, refused, type Asking, type End, type HttpGetOptions } from './run-http-get.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** An answer that does not come is one that did not come. */
const attemptMs = 30_000;

export async function runHttpPost(request: RunRequest, options: HttpGetOptions): Promise<RunResult> {
  const { message } = request;
  const reading = readHttpPostArgs(message.args);
  if ('problem' in reading) return refused(reading.problem, options.clock);
  const { post } = reading;
  const posted = postedOf(request, post, options.clock.wall());
  const tries = answeredBy(message) === undefined ? 1 : Infinity;
  let last: string | undefined;
  const work = async (asking: Asking): Promise<End> => {
    for (let waitMs = firstPauseMs, left = tries; ; waitMs = Math.min(longestPauseMs, waitMs * 2)) {
      const { end, mayPass } = await tell(post, posted, { ...asking, timers: options.timers });
      left -= 1;
      // An attempt that the end has cut off says nothing.
      if (!asking.signal.aborted) last = end.reason;
      if (!mayPass || left === 0 || asking.signal.aborted) return end;
      await pause(options.timers, waitMs, asking.signal);
      if (asking.signal.aborted) return end;
    }
  };
  return exchange(message.methodTimeoutMs, options, work, () => last);
}

async function tell(
  { url, headers }: HttpPost,
  posted: Posted,
  { transport, signal, keep, outputLimit, timers }: Asking & Pick<HttpGetOptions, 'timers'>,
): Promise<{ readonly end: End; readonly mayPass: boolean }> {
  const late = new AbortController();
  const cancel = timers.after(attemptMs, () => late.abort(new Error(`no answer within ${attemptMs / 1000} s`)));
  const all = [['User-Agent', 'steward'] as const, ...credentialsOf(url), ...headers, ...posted.headers];
  try {
    const answer = await transport({
      url,
      headers: [...all, ['Content-Length', String(posted.body.length)]],
      body: posted.body,
      signal: AbortSignal.any([signal, late.signal]),
    });
    answer.body.on('error', () => undefined);
    const { status, statusText } = answer;
    const went = status >= 200 && status <= 299;
    const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
    try {
      // Of one that is tried again, only the last answer counts.
      if (went || !mayPass) await readBody(answer, { limit: outputLimit, keep });
    } catch (error) {
      // It was taken: what the server says beside that is its own affair.
      if (!went) return { end: failedFor(describeProblem(error, { url, phase: 'reading' })), mayPass };
    } finally {
      answer.body.destroy();
    }
    return { end: went ? { state: 'succeeded' } : failedFor(`HTTP ${status} ${oneLine(statusText)}`.trim()), mayPass };
  } catch (error) {
    if (late.signal.aborted) return { end: failedFor(`no answer within ${attemptMs / 1000} s`), mayPass: true };
    return { end: failedFor(describeProblem(error, { url, phase: 'asking' })), mayPass: true };
  } finally {
    cancel();
  }
}
