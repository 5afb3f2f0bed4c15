// Errors are values with a stable code, a hint for the person and a verdict for the machine (error-table.ts).
import { errorTable, type ErrorCode, type Verdict } from './error-table.ts';

/** Where in an input the mistake stands. Lines and columns count from 1. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
}

export interface StewardErrorOptions {
  readonly hint?: string;
  readonly place?: ErrorPlace;
  readonly cause?: unknown;
}

/** An error that names its cause and says what to do. `message` is one line, without a full stop at its end. */
export class StewardError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: ErrorPlace | undefined;

  constructor(code: ErrorCode, message: string, options: StewardErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StewardError';
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
  }

  get verdict(): Verdict {
    return errorTable[this.code].verdict;
  }
}

/** One line for a person: place, message, hint. */
export function describeError(error: unknown): string {
  if (!(error instanceof StewardError)) return error instanceof Error ? error.message : String(error);
  const { place, hint, message } = error;
  const at = [
    place?.file,
    place?.line === undefined ? undefined : `line ${place.line}, column ${place.column ?? 1}`,
    place?.field === undefined ? undefined : `field ${place.field}`,
  ].filter((part) => part !== undefined);
  return `${at.length > 0 ? `${at.join(', ')}: ` : ''}${message}${hint === undefined ? '' : ` (${hint})`}`;
}
