// Errors are values with a stable code, a hint for the person and a verdict for the machine.

/** What the machine does about an error: try again, restart the process, stop the process, or only tell the operator. */
export type Verdict = 'retry' | 'restart' | 'stop' | 'tell';

interface ErrorEntry {
  readonly verdict: Verdict;
  /** HTTP status with which the node's API answers. */
  readonly status: number;
  /** Exit status of the command line. */
  readonly exit: number;
}

/** Every error that a user can meet. The code is stable: scripts may compare it. */
export const errorTable = {
  'invalid-message': { verdict: 'tell', status: 400, exit: 2 },
  'invalid-node-name': { verdict: 'tell', status: 400, exit: 2 },
  'invalid-config': { verdict: 'stop', status: 400, exit: 2 },
  'invalid-usage': { verdict: 'tell', status: 400, exit: 2 },
  'too-large': { verdict: 'tell', status: 413, exit: 2 },
  'not-found': { verdict: 'tell', status: 404, exit: 2 },
  'not-finished': { verdict: 'tell', status: 409, exit: 2 },
  'already-running': { verdict: 'stop', status: 409, exit: 3 },
  'cross-site': { verdict: 'tell', status: 403, exit: 2 },
  'not-running': { verdict: 'tell', status: 503, exit: 3 },
  'store-unavailable': { verdict: 'retry', status: 507, exit: 4 },
  'store-corrupt': { verdict: 'stop', status: 500, exit: 4 },
  busy: { verdict: 'retry', status: 503, exit: 3 },
  stopping: { verdict: 'tell', status: 503, exit: 3 },
  'broker-unreachable': { verdict: 'retry', status: 503, exit: 3 },
  'broker-refused': { verdict: 'stop', status: 502, exit: 3 },
  'invalid-frame': { verdict: 'tell', status: 400, exit: 1 },
  'path-refused': { verdict: 'tell', status: 400, exit: 1 },
  internal: { verdict: 'tell', status: 500, exit: 1 },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

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
