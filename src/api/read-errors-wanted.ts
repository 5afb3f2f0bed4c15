// Which errors a request asks for, from the query of its address.
import type { ErrorsWanted } from '../contract/error-view.ts';
import { StewardError } from '../model/error.ts';

/** Throws `invalid-usage`. */
export function readErrorsWanted(query: URLSearchParams): ErrorsWanted {
  const node = query.get('node');
  const code = query.get('code');
  const since = readNumber(query, 'since');
  return {
    ...(node === null ? {} : { node }),
    ...(code === null ? {} : { code }),
    ...(since === undefined ? {} : { since }),
  };
}

/** Throws `invalid-usage`. */
export function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StewardError('invalid-usage', `${name} cannot be "${text.slice(0, 40)}"`, {
    hint: name === 'since' ? 'milliseconds since 1970' : 'the number of a change, as an error has it',
  });
}
