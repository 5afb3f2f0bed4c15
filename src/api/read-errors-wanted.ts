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

const hints: Readonly<Record<string, string>> = {
  since: 'milliseconds since 1970',
  from: 'the number of a byte, from 0',
};

/** Throws `invalid-usage`. */
export function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StewardError('invalid-usage', `${name} cannot be "${text.slice(0, 40)}"`, {
    hint: hints[name] ?? 'the number of a change, as an error has it',
  });
}
