// An error as an event: what a part of the node reports, for the log and the error kernel (src/errors).
import { errorTable, type ErrorCode, type Verdict } from './error-table.ts';
import type { LaneName } from './lane.ts';
import type { MessageId } from './message.ts';
import type { NodeName } from './node-name.ts';

/** How a part of the node reports an error. `text` is one line; what changes from one time to the next stands in the data. */
export type Report = (code: ErrorCode, text: string, data?: Readonly<Record<string, unknown>>) => void;

export interface ErrorReport {
  readonly code: ErrorCode;
  readonly text: string;
  readonly verdict: Verdict;
  /** Wall clock, ms since 1970; for people only. */
  readonly at: number;
  /** The node that has it. */
  readonly node: NodeName;
  readonly lane?: LaneName;
  readonly id?: MessageId;
  /** What to do, where it is more than the remedy of the code. */
  readonly hint?: string;
  /** All that was reported with it. `node` there is the other node that it is about. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Reported {
  readonly code: ErrorCode;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** `lane`, `id` and `hint` are taken from the data, where they are text. */
export function errorReport(reported: Reported, where: { readonly node: NodeName; readonly at: number }): ErrorReport {
  const { code, text, data } = reported;
  const { lane, id, hint } = data;
  return {
    code,
    text,
    verdict: errorTable[code].verdict,
    ...where,
    ...(typeof lane === 'string' ? { lane } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof hint === 'string' ? { hint } : {}),
    data,
  };
}
