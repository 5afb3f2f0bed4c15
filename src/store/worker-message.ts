// What the store's thread and its client say to each other.
import type { ErrorCode } from '../model/error-table.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import type { ViewQuery } from './view.ts';

export type Request =
  | { readonly type: 'commit'; readonly token: number; readonly ops: readonly StoreOp[]; readonly refusable: boolean }
  | { readonly type: 'query'; readonly token: number; readonly query: StoreQuery }
  | { readonly type: 'view'; readonly token: number; readonly view: ViewQuery };

export type ToWorker =
  { readonly type: 'requests'; readonly requests: readonly Request[] } | { readonly type: 'close' };

export interface Answer {
  readonly token: number;
  readonly result?: unknown;
  readonly error?: string;
}

export type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'not-opened'; readonly code: ErrorCode; readonly text: string; readonly hint: string | undefined }
  /** It cannot go on, and has ended. */
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly text: string; readonly hint: string | undefined }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  | { readonly type: 'stalled'; readonly reason: string }
  | { readonly type: 'ready' }
  | { readonly type: 'closed' };
