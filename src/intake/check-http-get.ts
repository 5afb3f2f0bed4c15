// What a message asks of `httpGet` is read where it is taken in, so that a mistake is told with its place and nothing is sent.
import { readHttpGetArgs } from '../model/http-get-args.ts';
import { refuse, type Given } from './given-fields.ts';

/** Throws `invalid-message` at the argument. `field`: where they stand. */
export function refuseWrongGet(given: Given, field: 'methodArgs' | 'data', args: readonly string[]): void {
  const reading = readHttpGetArgs(args);
  if ('problem' in reading) refuse(given, field, reading.problem);
}
