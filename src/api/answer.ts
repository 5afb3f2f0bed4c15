// The answer to a request, as data: serve-api.ts alone knows how it is written.
import type { ErrorBody } from '../contract/api-error.ts';
import { toErrorBody } from '../contract/api-error.ts';
import type { ErrorsWanted } from '../contract/error-view.ts';
import type { Log } from '../base/log.ts';
import { errorTable } from '../model/error-table.ts';
import { StewardError } from '../model/error.ts';
import type { MessageId } from '../model/message.ts';

export type Answer =
  | { readonly type: 'json'; readonly status: number; readonly value: unknown }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'events'; readonly ids: readonly MessageId[] }
  | { readonly type: 'error-events'; readonly wanted: ErrorsWanted; readonly after: number | undefined }
  /** Lines of JSON, as they come. */
  | { readonly type: 'lines'; readonly lines: (signal: AbortSignal) => AsyncIterable<readonly string[]> };

export function json(value: unknown, status = 200): Answer {
  return { type: 'json', status, value };
}

export function errorAnswer(error: unknown, log: Log): Answer {
  const known = knownError(error, log);
  return json({ error: toErrorBody(known) }, errorTable[known.code].status);
}

export function streamError(error: unknown, log: Log): { readonly type: 'error'; readonly error: ErrorBody } {
  return { type: 'error', error: toErrorBody(knownError(error, log)) };
}

/** What is no StewardError is a mistake of ours: the log gets it whole, the client only that it happened. */
function knownError(error: unknown, log: Log): StewardError {
  if (error instanceof StewardError) return error;
  log.error('api: a request failed', {
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return new StewardError('internal', 'the node made a mistake while it answered', {
    hint: 'its log says more',
    cause: error,
  });
}
