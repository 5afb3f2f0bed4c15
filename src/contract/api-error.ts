// Errors on their way through the API: the body of every answer that is not 2xx.
import * as v from 'valibot';
import { errorTable, type ErrorCode } from '../model/error-table.ts';
import { StewardError, type ErrorPlace } from '../model/error.ts';

export const errorBodySchema = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.exactOptional(v.string()),
  file: v.exactOptional(v.string()),
  line: v.exactOptional(v.number()),
  column: v.exactOptional(v.number()),
  field: v.exactOptional(v.string()),
});

export const apiErrorSchema = v.object({ error: errorBodySchema });

export type ErrorBody = v.InferOutput<typeof errorBodySchema>;

export function toErrorBody(error: StewardError): ErrorBody {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...error.place,
  };
}

/** The error that the node threw. A code of a newer node, which this one does not know, becomes `internal`. */
export function fromErrorBody(body: ErrorBody): StewardError {
  const { code, message, hint, ...place } = body;
  return new StewardError(isErrorCode(code) ? code : 'internal', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(Object.keys(place).length === 0 ? {} : { place: place satisfies ErrorPlace }),
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
