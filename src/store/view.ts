// What people ask of the store: read only, and never in the way of a commit.
import type { InboxRecord, OutboxRecord, StoredError } from '../model/record.ts';
import type { MethodName } from '../model/method-name.ts';
import type { MessageState } from '../model/state.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import { awaited, passingOn, type Awaited } from './held-rows.ts';
import { unended, waiting, waitingLanes, type WaitingLane } from './queue-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { changedErrors, newestErrors, type ErrorFilter } from './error-rows.ts';
import { inboxRecord, outboxRecord } from './row.ts';
import {
  joinedParts,
  notJoined,
  openStandings,
  standingContents,
  standingOf,
  type StandingRow,
} from './standing-rows.ts';
import { blob, numberOrNull, text } from './value.ts';
import { acceptedHistory, answered, lastOrd, requestOf, sent, sentHistory, type HistoryQuery } from './view-history.ts';
import { submissionOf, submissionState, unendedIds, type SubmissionState } from './view-submission.ts';

export type ViewQuery =
  | { readonly view: 'messages'; readonly ids: readonly string[] }
  /** The newest ones, the newest first. */
  | { readonly view: 'in-state'; readonly state: MessageState; readonly limit: number }
  | { readonly view: 'counts' }
  | { readonly view: 'queued' }
  /** What waits to be delivered, in the order of intake. */
  | { readonly view: 'waiting'; readonly filter: QueueFilter; readonly limit: number }
  /** The same counted, by node and lane. */
  | { readonly view: 'waiting-lanes'; readonly filter: QueueFilter }
  /** Of messages that wait for others to succeed, by their orders: which of these have not ended. */
  | { readonly view: 'awaited'; readonly ords: readonly number[] }
  /** What passes the answers to these requests on to other nodes. */
  | { readonly view: 'passing-on'; readonly ids: readonly string[] }
  /** Whether there is any such message. */
  | { readonly view: 'passes-on' }
  /** Requests with this method that have succeeded and were answered, behind one order and up to another, the newest first. */
  | {
      readonly view: 'answered';
      readonly method: MethodName;
      readonly afterOrd: number;
      readonly upToOrd: number;
      readonly limit: number;
    }
  | { readonly view: 'output'; readonly id: string }
  /** The newest first. */
  | ({ readonly view: 'errors'; readonly limit: number } & ErrorFilter)
  /** Those that have changed since the change of this number, in that order. */
  | ({ readonly view: 'changed-errors'; readonly after: number; readonly limit: number } & ErrorFilter)
  /** A message of this node with its body; null where the pieces of a large one are gone. */
  | { readonly view: 'sent'; readonly id: string }
  /** All messages of the submission that this one belongs to. */
  | { readonly view: 'submission'; readonly id: string }
  /** How many of its messages are in which state, and the first that have not ended, at most `limit`. */
  | { readonly view: 'submission-state'; readonly id: string; readonly limit: number }
  /** Submissions that still go to nodes that appear. */
  | { readonly view: 'open-standings' }
  | { readonly view: 'standing'; readonly id: string }
  /** Its messages that also go to others, as they were kept. */
  | { readonly view: 'standing-contents'; readonly id: string }
  /** Those of a submission that have not ended, in their order, after `afterOrd`, at most `limit`. */
  | { readonly view: 'unended-ids'; readonly id: string; readonly afterOrd: number; readonly limit: number }
  /** The parts of it that the node has. */
  | { readonly view: 'joined-parts'; readonly id: string; readonly node: string }
  /** Those of the nodes that lack one of these parts. */
  | {
      readonly view: 'not-joined';
      readonly id: string;
      readonly nodes: readonly string[];
      readonly parts: readonly number[];
    }
  | { readonly view: 'last-ords' }
  | HistoryQuery;

/** What is queued for one node. */
export interface QueuedFor {
  readonly to: string;
  readonly count: number;
  readonly oldestAt: number | null;
}

export interface StoredOutput {
  readonly request: OutboxRecord;
  readonly answer: InboxRecord | undefined;
  readonly body: Uint8Array;
}

interface ViewResults {
  readonly messages: readonly OutboxRecord[];
  readonly 'in-state': readonly OutboxRecord[];
  readonly counts: {
    readonly states: Readonly<Record<string, number>>;
    readonly waitingReplies: number;
    readonly failedReplies: number;
  };
  readonly queued: readonly QueuedFor[];
  readonly waiting: readonly OutboxRecord[];
  readonly 'waiting-lanes': readonly WaitingLane[];
  readonly awaited: ReadonlyMap<number, Awaited>;
  readonly 'passing-on': readonly OutboxRecord[];
  readonly 'passes-on': boolean;
  readonly answered: readonly OutboxRecord[];
  readonly output: StoredOutput | undefined;
  readonly errors: readonly StoredError[];
  readonly 'changed-errors': readonly StoredError[];
  readonly sent: { readonly record: OutboxRecord; readonly body: Uint8Array | null } | undefined;
  readonly submission: readonly OutboxRecord[];
  readonly 'submission-state': SubmissionState | undefined;
  readonly 'open-standings': readonly StandingRow[];
  readonly standing: StandingRow | undefined;
  readonly 'standing-contents': string;
  readonly 'unended-ids': readonly { readonly ord: number; readonly id: string }[];
  readonly 'joined-parts': readonly number[];
  readonly 'not-joined': readonly string[];
  readonly 'last-ords': { readonly outbox: number; readonly inbox: number };
  readonly 'sent-history': readonly OutboxRecord[];
  readonly 'accepted-history': readonly InboxRecord[];
}

export type ViewResult<V extends ViewQuery> = ViewResults[V['view']];

export function answerView(store: SqliteStore, view: ViewQuery): ViewResult<ViewQuery> {
  switch (view.view) {
    case 'messages':
      return view.ids.flatMap((id) => requestOf(store, id) ?? []);
    case 'in-state':
      return store
        .all('SELECT * FROM outbox WHERE isReply = 0 AND state = ? ORDER BY ord DESC LIMIT ?', view.state, view.limit)
        .map(outboxRecord);
    case 'counts':
      return {
        states: Object.fromEntries(
          store
            .all('SELECT state, count(*) AS n FROM outbox WHERE isReply = 0 GROUP BY state')
            .map((row) => [text(row['state']), Number(row['n'])]),
        ),
        waitingReplies: countReplies(store, 'pending'),
        failedReplies: countReplies(store, 'failed'),
      };
    case 'queued':
      return store
        .all(
          `SELECT coalesce(target, receiver) AS receiver, count(*) AS n, min(queuedAt) AS oldest FROM outbox WHERE open = 1 AND isReply = 0 AND ${unended} GROUP BY 1`,
        )
        .map((row) => ({
          to: text(row['receiver']),
          count: Number(row['n']),
          oldestAt: numberOrNull(row['oldest']),
        }));
    case 'waiting':
      return waiting(store, view);
    case 'waiting-lanes':
      return waitingLanes(store, view.filter);
    case 'awaited':
      return awaited(store, view.ords);
    case 'passing-on':
      return passingOn(store, view.ids);
    case 'passes-on':
      return store.get('SELECT 1 FROM outbox WHERE answerOf IS NOT NULL LIMIT 1') !== undefined;
    case 'answered':
      return answered(store, view);
    case 'output':
      return output(store, view.id);
    case 'errors':
      return newestErrors(store, view);
    case 'changed-errors':
      return changedErrors(store, view);
    case 'sent':
      return sent(store, view.id);
    case 'submission':
      return submissionOf(store, view.id);
    case 'submission-state':
      return submissionState(store, view);
    case 'open-standings':
      return openStandings(store);
    case 'standing':
      return standingOf(store, view.id);
    case 'standing-contents':
      return standingContents(store, view.id);
    case 'unended-ids':
      return unendedIds(store, view);
    case 'joined-parts':
      return joinedParts(store, view);
    case 'not-joined':
      return notJoined(store, view);
    case 'last-ords':
      return { outbox: lastOrd(store, 'outbox'), inbox: lastOrd(store, 'inbox') };
    case 'sent-history':
      return sentHistory(store, view);
    case 'accepted-history':
      return acceptedHistory(store, view);
  }
}

function countReplies(store: SqliteStore, state: 'pending' | 'failed'): number {
  const row = store.get('SELECT count(*) AS n FROM outbox WHERE isReply = 0 AND replyState = ?', state);
  return Number(row?.['n'] ?? 0);
}

function output(store: SqliteStore, id: string): StoredOutput | undefined {
  const request = requestOf(store, id);
  if (request === undefined) return undefined;
  const row =
    request.answerOrd === null ? undefined : store.get('SELECT * FROM inbox WHERE ord = ?', request.answerOrd);
  if (row === undefined) return { request, answer: undefined, body: new Uint8Array() };
  const answer = inboxRecord(row);
  const pieces = store
    .all("SELECT bytes FROM pieces WHERE box = 'in' AND sender = ? AND id = ? ORDER BY number", answer.from, answer.id)
    .map((piece) => blob(piece['bytes']) ?? new Uint8Array());
  return { request, answer, body: answer.body ?? Buffer.concat(pieces) };
}
