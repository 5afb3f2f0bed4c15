// The body of an `errorLog` message: errors that a node has counted, as JSON (docs/protocol.md, "Errors").
//
// What is read was written by another node: every item has to be of this form, and within these bounds.
import { isMessageId } from './id.ts';
import type { ErrorRecord } from './record.ts';

/** A node sends at most so much at once, and takes four times as much: a newer one may say more of each. */
export const maxErrorBatchBytes = 4 * 1024;
export const maxErrorTextLength = 240;
export const maxErrorHintLength = 120;
export const maxErrorLaneLength = 100;

/** As it travels: whose it is says the message. `count` is how often it has come since it was last told. */
export type TravellingError = Omit<ErrorRecord, 'node' | 'untold'>;

export function packErrors(errors: readonly TravellingError[]): Uint8Array {
  return Buffer.from(`[${errors.map(packError).join(',\n')}]`);
}

/** One item, as it stands in the body. */
export function packError(error: TravellingError): string {
  return JSON.stringify({
    k: error.kind,
    c: error.code,
    ...(error.lane === null ? {} : { l: error.lane }),
    ...(error.id === null ? {} : { i: error.id }),
    t: error.text,
    ...(error.hint === null ? {} : { h: error.hint }),
    ...(error.count === 1 ? {} : { n: error.count }),
    a: error.firstAt,
    ...(error.lastAt === error.firstAt ? {} : { z: error.lastAt }),
  });
}

/** Undefined where the body is no such list. */
export function unpackErrors(body: Uint8Array): readonly TravellingError[] | undefined {
  if (body.length > 4 * maxErrorBatchBytes) return undefined;
  let items: unknown;
  try {
    items = JSON.parse(Buffer.from(body).toString());
  } catch {
    // Text that is no JSON is an answer to the question asked here, not an error.
    return undefined;
  }
  if (!Array.isArray(items)) return undefined;
  const errors = items.map(unpackError);
  return errors.every((error) => error !== undefined) ? errors : undefined;
}

const kindPattern = /^[\w-]{1,24}$/;
const codePattern = /^[a-z][a-z-]{0,59}$/;

function unpackError(item: unknown): TravellingError | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { k, c, l = null, i = null, t, h = null, n = 1, a, z = a } = item as Readonly<Record<string, unknown>>;
  const isSound = typeof k === 'string' && kindPattern.test(k) && typeof c === 'string' && codePattern.test(c);
  if (!isSound || !isText(t, maxErrorTextLength) || !isNumber(n, 1) || !isNumber(a, 0) || !isNumber(z, 0))
    return undefined;
  const lane = l === null || isText(l, maxErrorLaneLength) ? l : undefined;
  const id = i === null || (typeof i === 'string' && isMessageId(i)) ? i : undefined;
  const hint = h === null || isText(h, maxErrorHintLength) ? h : undefined;
  if (lane === undefined || id === undefined || hint === undefined) return undefined;
  return { kind: k, code: c, lane, id, text: t, hint, count: n, firstAt: a, lastAt: z };
}

/** One line, and nothing that steers whoever prints it. */
function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest && !/\p{Cc}/u.test(value);
}

function isNumber(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
