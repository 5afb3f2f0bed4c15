// Reads the log of all messages of a node, line by line, as it comes.
import { fromErrorBody } from '../contract/api-error.ts';
import { decode } from '../base/decode.ts';
import { logErrorSchema, logLineSchema, type LogLine } from '../contract/log-line.ts';
import { StewardError } from '../model/error.ts';
import { connectionError, notUnderstood, openExchange } from './exchange.ts';
import { readLines } from './read-lines.ts';

export interface LogQuestion {
  /** Wall time in ms. */
  readonly since?: number;
  /** As sender or receiver. */
  readonly node?: string;
  readonly id?: string;
  /** Goes on with what comes, until the signal. */
  readonly follow: boolean;
}

/** Longer than any line that a node writes. */
const longestLine = 16 * 1024 * 1024;

/** Throws `not-running`, and what the node answers. After the signal it just ends. */
export async function* readLog(
  socketPath: string,
  question: LogQuestion,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { since, node, id, follow } = question;
  const query = new URLSearchParams({
    ...(since === undefined ? {} : { since: String(since) }),
    ...(node === undefined ? {} : { node }),
    ...(id === undefined ? {} : { id }),
    ...(follow ? { follow: '1' } : {}),
  });
  try {
    const response = await openExchange(socketPath, { method: 'GET', path: `/v1/log?${query.toString()}` }, signal);
    for await (const text of readLines(response, { longest: longestLine, what: 'a line of the log' })) {
      if (text === '') continue;
      const line = decode(logLineSchema, text);
      if (line !== undefined) yield line;
      else throw errorIn(text);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof StewardError ? error : connectionError(socketPath, error);
  }
}

function errorIn(text: string): StewardError {
  const last = decode(logErrorSchema, text);
  return last === undefined ? notUnderstood('a line of its log') : fromErrorBody(last.error);
}
