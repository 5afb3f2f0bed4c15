// Tells the operator of an answer that could not be treated, and why.
import { answeredBy, type Message } from '../model/message.ts';
import type { RunResult } from '../methods/run.ts';
import type { Context } from './context.ts';

/** Or somebody has taken that back, who knows of it. */
export function wasTreated({ outcome }: RunResult): boolean {
  return outcome.state === 'succeeded' || outcome.state === 'cancelled';
}

/** The request is as it ended: that nothing came of its answer would be found by nobody who does not ask for it. */
export function reportFailed(context: Context, message: Message, reason: string): void {
  const answer = answeredBy(message);
  context.report('reply-failed', 'an answer could not be treated', {
    node: answer?.from,
    id: answer?.id,
    method: message.method,
    ...(answer?.run === undefined ? {} : { run: answer.run }),
    reason,
  });
}

/** It has no row here that could say so: its node asked itself. */
export function reportLost(context: Context, { from, replyTo, method }: Message, reason: string): void {
  context.report('output-lost', 'output that a node sends of its own could not be treated', {
    node: from,
    id: replyTo?.id,
    method,
    reason,
  });
}

const longestTail = 200;

/** Nobody gets the output of a command that treated an answer: the end of what it wrote says the most. */
export function whyFailed({ outcome, stderr }: RunResult): string {
  const { exitCode, signal, state } = outcome;
  const how =
    outcome.reason ??
    (signal === undefined ? (exitCode === undefined ? state : `exit code ${exitCode}`) : `killed by ${signal}`);
  const why = state === 'timedOut' ? `replyMethodTimeout has run out: ${how}` : how;
  const tail = Buffer.from(stderr.subarray(Math.max(0, stderr.length - longestTail)))
    .toString()
    .trim();
  return tail === '' ? why : `${why}: ${tail.slice(tail.lastIndexOf('\n') + 1)}`;
}
