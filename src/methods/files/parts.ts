// What a message has to write: the parts of its body.
import { StewardError } from '../../model/error.ts';
import { answeredBy, type Message } from '../../model/message.ts';
import type { RunRequest } from '../run.ts';

export interface Parts {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** It writes one line that says who has sent it, whatever it brings. */
export function writesLine({ method }: Pick<Message, 'method'>): boolean {
  return method === 'hello' || method === 'pong';
}

const nothing = new Uint8Array(0);

/**
 * The body of a reply is standard output followed by standard error; that of a request is all standard output, and of a hello or
 * pong nothing is taken. Throws `invalid-message` where the counts of a reply do not add up.
 */
export function bodyParts({ message, body }: RunRequest): Parts {
  if (writesLine(message)) return { stdout: nothing, stderr: nothing };
  const outcome = answeredBy(message)?.outcome;
  if (outcome === undefined) return { stdout: body, stderr: nothing };
  const { stdoutBytes, stderrBytes } = outcome;
  if (stdoutBytes < 0 || stderrBytes < 0 || stdoutBytes + stderrBytes !== body.length) {
    throw new StewardError(
      'invalid-message',
      `the reply says ${stdoutBytes} and ${stderrBytes} bytes and brings ${body.length}`,
    );
  }
  return { stdout: body.subarray(0, stdoutBytes), stderr: body.subarray(stdoutBytes) };
}
