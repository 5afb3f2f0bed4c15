// A row of the errors as people see it, and what they ask for as the store takes it.
import type { ErrorsWanted, ErrorView } from '../contract/error-view.ts';
import { errorTable, type ErrorCode } from '../model/error-table.ts';
import type { StoredError } from '../model/record.ts';
import type { ErrorFilter } from '../store/error-rows.ts';

export function errorView(error: StoredError): ErrorView {
  const { node, code, lane, id, text, hint, count, firstAt, lastAt, changed } = error;
  return {
    node,
    code,
    ...(isKnown(code) ? { verdict: errorTable[code].verdict } : {}),
    ...(lane === null ? {} : { lane }),
    ...(id === null ? {} : { id }),
    text,
    ...(hint === null ? {} : { hint }),
    count,
    firstAt,
    lastAt,
    changed,
  };
}

export function filterOf({ node, code, since }: ErrorsWanted): ErrorFilter {
  return { node: node ?? null, code: code ?? null, since: since ?? null };
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
