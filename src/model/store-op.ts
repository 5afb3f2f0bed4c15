// Every change of the store, as a value. A commit is a list of them: all or nothing, in order.
import type { LaneName } from './lane.ts';
import type { MessageId } from './message.ts';
import type { NodeName } from './node-name.ts';
import type {
  ErrorRecord,
  InboxRecord,
  InLaneRecord,
  OutboxRecord,
  OutLaneRecord,
  PeerRecord,
  StandingRecord,
  TransferRecord,
  WaitingRecord,
} from './record.ts';
import type { QueueFilter } from './queue-filter.ts';
import type { ScheduleRecord } from './schedule.ts';
import type { MessageState } from './state.ts';

/** Rows of errors that a store keeps, and the length of their texts. */
export const maxErrorRows = 10_000;
export const maxErrorBytes = 4 * 1024 * 1024;

/** What a row counts for, in bytes. */
export function errorSize({ node, code, lane, text, hint }: ErrorRecord): number {
  return 100 + node.length + code.length + (lane?.length ?? 0) + text.length + (hint?.length ?? 0);
}

/** Whose body a piece belongs to: a message of ours, or one that arrives. */
export interface PieceOwner {
  readonly box: 'out' | 'in';
  readonly sender: NodeName;
  readonly id: MessageId;
}

export type StoreOp =
  | { readonly op: 'meta'; readonly key: string; readonly value: string }
  | { readonly op: 'boot'; readonly boot: string; readonly at: number }
  | { readonly op: 'peer'; readonly record: PeerRecord }
  | { readonly op: 'outbox-add'; readonly record: OutboxRecord }
  /** A message of a held lane (model/lane.ts) stays there until these have ended. What they have come to already counts. */
  | { readonly op: 'outbox-hold'; readonly ord: number; readonly after: readonly MessageId[] }
  /** All have succeeded: it goes on to its lane, as the last one there. Changes nothing of what is no longer held. */
  | {
      readonly op: 'outbox-release';
      readonly ord: number;
      readonly newOrd: number;
      readonly lane: LaneName;
      readonly deadline: number;
      /** It brings what it has waited for, however that has ended. */
      readonly filled?: Pick<OutboxRecord, 'head' | 'body' | 'bodySize'>;
    }
  /** Pieces lie there under another name, too. */
  | { readonly op: 'pieces-copy'; readonly from: PieceOwner; readonly to: PieceOwner }
  /** Gives a position. */
  | { readonly op: 'outbox-place'; readonly ord: number; readonly position: number; readonly tag: string }
  | {
      readonly op: 'outbox-wish';
      readonly ord: number;
      readonly wish: 'expired' | 'cancelled';
      readonly reason: string;
    }
  /** What has never left is cancelled at once; of what may have run before a store was lost, that is not known. */
  | { readonly op: 'outbox-cancel'; readonly filter: QueueFilter; readonly at: number; readonly reason: string }
  /** The lane is done with it. The state changes only where it may follow (model/state). */
  | {
      readonly op: 'outbox-settle';
      readonly ord: number;
      readonly state: MessageState;
      readonly at: number;
      readonly reason: string | null;
    }
  /** A reply whose receiver has it: nothing more is kept of it, nor of the body that lies in pieces under `owner`. */
  | { readonly op: 'outbox-drop'; readonly ord: number; readonly owner: PieceOwner | null }
  /** The receiver says that its method runs: believed of what it has accepted of this lane, which ends at position `upTo`. */
  | {
      readonly op: 'outbox-running';
      readonly id: MessageId;
      readonly to: NodeName;
      readonly lane: LaneName;
      readonly upTo: number;
      readonly at: number;
    }
  /** The answer to a request has been accepted, which was delivered then, if that was not known. Changes nothing of one that is unknown here or already ended. */
  | {
      readonly op: 'outbox-answer';
      readonly id: MessageId;
      readonly to: NodeName;
      readonly state: MessageState;
      readonly outcome: string;
      readonly reason: string | null;
      readonly runningAt: number | null;
      readonly endedAt: number;
      readonly answerOrd: number;
      readonly replyState: 'pending' | 'handled';
    }
  /** A node on the way of a message tells of it. Changes nothing of one that is unknown here, or where the state may not follow. */
  | {
      readonly op: 'outbox-passage';
      readonly id: MessageId;
      /** To whom this node gave it. */
      readonly to: NodeName;
      readonly state: MessageState;
      readonly hop: NodeName | null;
      readonly at: number;
      readonly reason: string | null;
    }
  /** Its sender has been told, of what this node carries. Changes nothing if it has gone on since. */
  | { readonly op: 'outbox-told'; readonly ord: number; readonly state: MessageState }
  /** What this node has carried has ended elsewhere: the word of that goes back by it, and nothing more is to be told. */
  | { readonly op: 'outbox-answered'; readonly id: MessageId; readonly origin: NodeName; readonly state: MessageState }
  /** The reply has been handled, or could not be. */
  | {
      readonly op: 'outbox-reply';
      readonly id: MessageId;
      readonly state: 'handled' | 'failed';
      readonly at: number;
      readonly reason: string | null;
    }
  | { readonly op: 'outlane'; readonly record: OutLaneRecord }
  /** Up to here the receiver has settled the lane. Says nothing of what was placed: a commit before it that does may be refused. */
  | {
      readonly op: 'outlane-base';
      readonly to: NodeName;
      readonly lane: LaneName;
      readonly base: number;
      readonly baseTag: string;
    }
  /**
   * The lane, or with null every lane to that node, starts again (custody rules 7 and 8): its row goes. With `delivered`, what was delivered without an outcome is lost too.
   * What waits without a position, up to the `ord` of `mayHaveLeft`, may have left in a life that this store does not know.
   * What may rerun and was not taken back goes back to `queued`, and so does every reply, which owes its outcome; the rest of
   * what may have left becomes `unknown`.
   */
  | {
      readonly op: 'outlane-lost';
      readonly to: NodeName;
      readonly lane: LaneName | null;
      readonly delivered: boolean;
      readonly mayHaveLeft: number;
      readonly at: number;
      readonly reason: string;
    }
  /** This node lost what it knew last: what was delivered, up to this `ord`, and has no outcome may have had one, and becomes `unknown`. */
  | { readonly op: 'outbox-doubt'; readonly upTo: number; readonly at: number; readonly reason: string }
  | { readonly op: 'inbox-add'; readonly record: InboxRecord }
  | {
      readonly op: 'inbox-start';
      readonly ord: number;
      readonly at: number;
      readonly mark: string | null;
      /** This one counted. */
      readonly attempts: number;
    }
  | { readonly op: 'inbox-pid'; readonly ord: number; readonly pid: number; readonly pidStart: string }
  /** A run that did not end goes back to the queue; with its mark, if it may have begun. */
  | { readonly op: 'inbox-again'; readonly ord: number; readonly begun: boolean; readonly attempts: number }
  /** A run that failed goes back to the queue until `retryAt` in node time, and chooses its place in a file anew. */
  | { readonly op: 'inbox-retry'; readonly ord: number; readonly attempts: number; readonly retryAt: number }
  /** Its sender wants it to be ended: whatever happens, it does not start again. */
  | { readonly op: 'inbox-cancel'; readonly ord: number; readonly reason: string }
  | { readonly op: 'inbox-end'; readonly ord: number; readonly at: number; readonly outcome: string }
  /** How far a run has come that may run again. */
  | { readonly op: 'inbox-mark'; readonly ord: number; readonly mark: string }
  /** What it brought has gone where it belongs, and is wanted no more: its row stays. */
  | { readonly op: 'inbox-body-drop'; readonly ord: number }
  | { readonly op: 'inlane'; readonly record: InLaneRecord }
  /** A new incarnation of this node: all counts of what was accepted begin again. */
  | { readonly op: 'inlanes-clear' }
  | { readonly op: 'transfer'; readonly record: TransferRecord }
  /** The pieces stay where a message was accepted that has them: a sender that was put back sends it again. */
  | { readonly op: 'transfer-drop'; readonly from: NodeName; readonly id: MessageId; readonly pieces: boolean }
  | { readonly op: 'piece'; readonly owner: PieceOwner; readonly index: number; readonly bytes: Uint8Array }
  | { readonly op: 'pieces-drop'; readonly owner: PieceOwner }
  /** Of the output of a request that comes in parts, one could not be handled: its reply is not either, whatever becomes of the rest. */
  | { readonly op: 'outbox-part-lost'; readonly id: MessageId; readonly to: NodeName; readonly reason: string }
  /** A body that has arrived is carried on, in place of whatever lay there under its name. */
  | { readonly op: 'pieces-pass'; readonly from: PieceOwner; readonly to: PieceOwner }
  /**
   * Errors that were counted: `count` and `untold`, which may be below 0, are added to those of the row of that node, kind and
   * `firstAt`. A new row is kept as it is given, and the oldest give way beyond `maxErrorRows` and `maxErrorBytes`, but none of which
   * something is untold.
   */
  | { readonly op: 'error-add'; readonly record: ErrorRecord }
  /**
   * Requests that are finished for good, with what lies in pieces under `node`, and the answers that they point to. What is not
   * finished when this is written stays. The orders of what has gone are not given again.
   */
  | { readonly op: 'outbox-prune'; readonly node: NodeName; readonly ords: readonly number[] }
  /** What was accepted and has ended; an answer stays while a request points to it. */
  | { readonly op: 'inbox-prune'; readonly ords: readonly number[] }
  /** A submission that also goes to nodes that appear later. */
  | { readonly op: 'standing'; readonly record: StandingRecord }
  /** A node has a message of it; `part`: which one of the submission. */
  | {
      readonly op: 'joined';
      readonly standing: MessageId;
      readonly node: NodeName;
      readonly part: number;
      readonly id: MessageId;
    }
  /** It goes to nobody else. */
  | { readonly op: 'standing-close'; readonly id: MessageId }
  /** What is closed and of which no message is kept goes, with all that is known of it. */
  | { readonly op: 'standing-prune' }
  /** A schedule as it is now. */
  | { readonly op: 'schedule'; readonly record: ScheduleRecord }
  | { readonly op: 'schedule-drop'; readonly ord: number }
  /** A node of which nothing is known but that it said hello. */
  | { readonly op: 'peer-drop'; readonly name: NodeName }
  /** Gives so many free pages back to the file system. */
  | { readonly op: 'shrink'; readonly pages: number };

/** What the flow asks of the store. Every list is bounded by the query itself. */
export type StoreQuery =
  | { readonly query: 'restart' }
  | { readonly query: 'outlane'; readonly to: NodeName; readonly lane: LaneName }
  /** Lanes to a node that hold open messages. */
  | { readonly query: 'open-lanes'; readonly to: NodeName }
  /** Open messages of a lane after `afterOrd`, in order, at most `limit`. */
  | {
      readonly query: 'outbox-page';
      readonly to: NodeName;
      readonly lane: LaneName;
      readonly afterOrd: number;
      readonly limit: number;
    }
  | { readonly query: 'inlane'; readonly from: NodeName; readonly lane: LaneName }
  | {
      readonly query: 'inbox-page';
      readonly from: NodeName;
      readonly lane: LaneName;
      readonly afterOrd: number;
      readonly limit: number;
    }
  /** Open messages whose deadline has passed and whose sender has not yet wished them back. */
  | { readonly query: 'due'; readonly before: number; readonly limit: number }
  | { readonly query: 'soonest-deadline' }
  /** Errors of which something is untold, the oldest first. */
  | { readonly query: 'untold-errors'; readonly limit: number }
  /** What was held, and is so no longer: all that it waited for have succeeded, or one has not. */
  | { readonly query: 'let-go'; readonly limit: number }
  /** How much is open in the outbox for a node. */
  | { readonly query: 'outbox-load'; readonly to: NodeName }
  | { readonly query: 'pieces'; readonly owner: PieceOwner; readonly fromIndex: number; readonly limit: number }
  /** Looks at the next `limit` rows of a box after `afterOrd`, in order: which of them may be pruned. */
  | {
      readonly query: 'finished';
      readonly box: 'outbox' | 'inbox';
      readonly afterOrd: number;
      readonly limit: number;
    }
  | { readonly query: 'space' }
  /** By node, how much `outbox-cancel` would cancel. */
  | { readonly query: 'cancellable'; readonly filter: QueueFilter }
  /** What may be at its receiver, or on the way there, and was not wished back by a cancel, in order. `running`: also what runs, and what was. */
  | {
      readonly query: 'aboard';
      readonly filter: QueueFilter;
      readonly running: boolean;
      readonly afterOrd: number;
      readonly limit: number;
    }
  /** Of what this node carries: what its sender is to be told of, or is to go. */
  | { readonly query: 'passages'; readonly limit: number }
  /** Of what this node carries, and has handed on: that of which no end is known since its deadline, in node time. */
  | { readonly query: 'forsaken'; readonly before: number; readonly limit: number }
  /** Of what others carry, and this node gave to `to`, that which was cancelled and has not ended, in order: of these messages, or of all. */
  | {
      readonly query: 'cancelled-aboard';
      readonly to: NodeName;
      readonly ids: readonly MessageId[] | null;
      readonly afterOrd: number;
      readonly limit: number;
    }
  /** What this sender's messages of these ids are here, as far as they have not ended. */
  | { readonly query: 'inbox-open'; readonly from: NodeName; readonly ids: readonly MessageId[] }
  /** This node's own request of this id to this receiver. */
  | { readonly query: 'request'; readonly id: MessageId; readonly to: NodeName };

/** What may be at its receiver, or on the way there. */
export type AboardRecord = Pick<OutboxRecord, 'ord' | 'id' | 'to' | 'target' | 'origin' | 'lane' | 'head' | 'reason'>;

/** A row that may be pruned. */
export interface Finished {
  readonly ord: number;
  /** The node time that the store knew when the row changed last: less than a minute older than the truth (flow/context.ts). */
  readonly doneAt: number;
  /** What it takes, about, with its body and its answer. */
  readonly bytes: number;
}

export interface FinishedPage {
  readonly found: readonly Finished[];
  /** Rows that were looked at, and the order of the last of them. */
  readonly looked: number;
  readonly through: number;
  /** There are no more. */
  readonly isEnd: boolean;
}

/** Of the database, in bytes, without its log and sums. */
export interface Space {
  readonly used: number;
  /** With the pages that are free. */
  readonly file: number;
}

export interface LetGo {
  readonly record: OutboxRecord;
  /** Which of those that it waited for did not succeed; null: all did. */
  readonly failed: AwaitedEnd | null;
  /** Of what passes an answer on, where that is known and kept. */
  readonly answered: Answered | undefined;
}

/** A request of this node, and the answer to it. */
export interface Answered {
  readonly request: OutboxRecord;
  readonly answer: InboxRecord;
}

/** `forgotten`: this node does not know it any more. */
export interface AwaitedEnd {
  readonly id: MessageId;
  readonly state: MessageState | 'forgotten';
}

export interface KeptAmount {
  readonly messages: number;
  /** Of their heads and bodies. */
  readonly bytes: number;
}

export interface RestartState {
  readonly meta: Readonly<Record<string, string>>;
  readonly boots: readonly string[];
  readonly peers: readonly PeerRecord[];
  /** Lanes that hold open messages, and how much. */
  readonly outLanes: readonly ({ readonly to: NodeName; readonly lane: LaneName } & KeptAmount)[];
  /** Lanes that hold accepted messages which have not started, and how much. */
  readonly inLanes: readonly ({ readonly from: NodeName; readonly lane: LaneName } & KeptAmount)[];
  /** Messages that had started and not ended. */
  readonly started: readonly InboxRecord[];
  /** Messages that were put back when they had begun: they have their marks. */
  readonly marked: readonly InboxRecord[];
  readonly transfers: readonly TransferRecord[];
  /** In the order of their messages. */
  readonly schedules: readonly ScheduleRecord[];
  readonly lastOutboxOrd: number;
  readonly lastInboxOrd: number;
  /** Whether it holds messages that are only carried here. */
  readonly carries: boolean;
  /** Whether it holds messages of this node that others carry, and that have not ended. */
  readonly sendsByOthers: boolean;
  /** Whether it holds messages that wait for others to succeed. */
  readonly holds: boolean;
  /** The soonest deadline of an open message, in node time. */
  readonly soonestDeadline: number | null;
}

interface QueryResults {
  readonly restart: RestartState;
  readonly outlane: OutLaneRecord | undefined;
  readonly 'open-lanes': readonly LaneName[];
  readonly 'outbox-page': readonly WaitingRecord[];
  readonly due: readonly OutboxRecord[];
  readonly 'soonest-deadline': number | null;
  readonly 'let-go': readonly LetGo[];
  readonly 'outbox-load': KeptAmount;
  readonly inlane: readonly InLaneRecord[];
  readonly 'untold-errors': readonly ErrorRecord[];
  readonly 'inbox-page': readonly InboxRecord[];
  readonly pieces: readonly Uint8Array[];
  readonly finished: FinishedPage;
  readonly space: Space;
  readonly cancellable: readonly { readonly to: NodeName; readonly messages: number }[];
  /** `head`: of what other nodes carry. */
  readonly aboard: readonly AboardRecord[];
  readonly passages: readonly OutboxRecord[];
  readonly forsaken: readonly OutboxRecord[];
  readonly 'cancelled-aboard': readonly AboardRecord[];
  readonly 'inbox-open': readonly InboxRecord[];
  readonly request: OutboxRecord | undefined;
}

export type QueryResult<Q extends StoreQuery> = QueryResults[Q['query']];
