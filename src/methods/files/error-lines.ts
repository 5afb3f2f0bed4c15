// What `errorLog` appends: a line for each error, as the original wrote it: `<time>, node: …, error: …`.
import { unpackErrors, type TravellingError } from '../../model/error-batch.ts';
import { StewardError } from '../../model/error.ts';
import type { RunRequest } from '../run.ts';

/** The same at every run. Throws `invalid-message`. */
export function errorLines({ message, body }: Pick<RunRequest, 'message' | 'body'>): Uint8Array {
  const errors = unpackErrors(body);
  if (errors === undefined) throw new StewardError('invalid-message', 'its data is no list of errors');
  return Buffer.from(errors.map((error) => `${timeText(error.lastAt)}, ${lineOf(message.from, error)}\n`).join(''));
}

function lineOf(node: string, { code, lane, text, count, firstAt }: TravellingError): string {
  const where = lane === null ? '' : `, lane ${lane}`;
  const times = count === 1 ? '' : `, ${count} times since ${timeText(firstAt)}`;
  return `node: ${node}, error: ${code}: ${text}${where}${times}`;
}

/** A clock that is far off gives no time that can be written. */
function timeText(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `${at} ms` : date.toISOString();
}
