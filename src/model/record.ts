// What the store keeps, as nouns. One row an interface; every change of them is a StoreOp (store-op.ts).
import type { LaneName } from './lane.ts';
import type { MessageId } from './message.ts';
import type { Rerun } from './method-name.ts';
import type { NodeName } from './node-name.ts';
import type { MessageState } from './state.ts';

/** A message that this node has to deliver, or has delivered. Wall times in ms since 1970; `deadline` in node time (flow/node-time). */
export interface OutboxRecord {
  /** Order of intake on this node. */
  readonly ord: number;
  readonly id: MessageId;
  /** Id of the first message of its submission. For a reply: the id of the request. */
  readonly submission: MessageId;
  /** Who gets it from this node. */
  readonly to: NodeName;
  /** Its receiver, where that is another one. */
  readonly target: NodeName | null;
  /** Its sender, where this node only carries it. */
  readonly origin: NodeName | null;
  readonly lane: LaneName;
  /** The message, as JSON. */
  readonly head: string;
  /** The body, where it is small; larger ones lie in pieces. */
  readonly body: Uint8Array | null;
  readonly bodySize: number;
  readonly isReply: boolean;
  readonly rerun: Rerun;
  /** It goes again, since a store was lost: nobody can say any more that it never ran. */
  readonly mayHaveRun: boolean;
  readonly state: MessageState;
  /** Of one that is carried: the node that has it, where that is not `to`. */
  readonly hop: NodeName | null;
  /** Of one that this node carries: the state that its sender was told last. */
  readonly told: MessageState | null;
  /** Whether the lane still has to settle it: false from the ACK on, or when it ended without ever leaving. */
  readonly open: boolean;
  readonly position: number | null;
  /** The chain tag after this message. */
  readonly tag: string | null;
  readonly deadline: number;
  /** As in the message (model/message.ts). */
  readonly key: string | null;
  /** What its sender wants to be confirmed: taken back because it expired, or was cancelled. */
  readonly wish: 'expired' | 'cancelled' | null;
  readonly queuedAt: number;
  /** The node that has it now took it then. */
  readonly carriedAt: number | null;
  readonly deliveredAt: number | null;
  readonly runningAt: number | null;
  readonly endedAt: number | null;
  /** JSON of the Outcome. */
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly replyState: 'pending' | 'handled' | 'failed' | null;
  readonly replyAt: number | null;
  readonly replyReason: string | null;
  /** `ord` of the inbox record that brought the answer. */
  readonly answerOrd: number | null;
  /** Of what waited for others to succeed: its `ord` until then. */
  readonly heldAs: number | null;
  /** Of what passes an answer on to another node: the request. */
  readonly answerOf: MessageId | null;
}

/** What a lane needs of a message to send it: a page of a long queue holds nothing else. */
export type WaitingRecord = Pick<
  OutboxRecord,
  | 'ord'
  | 'id'
  | 'head'
  | 'body'
  | 'bodySize'
  | 'isReply'
  | 'state'
  | 'position'
  | 'tag'
  | 'wish'
  | 'reason'
  | 'mayHaveRun'
  | 'deadline'
>;

/** A message that this node has accepted. */
export interface InboxRecord {
  readonly ord: number;
  readonly from: NodeName;
  readonly id: MessageId;
  readonly lane: LaneName;
  readonly head: string;
  readonly body: Uint8Array | null;
  readonly bodySize: number;
  readonly state: 'accepted' | 'started' | 'ended';
  /** JSON of the FileMark, from the start on. */
  readonly mark: string | null;
  readonly pid: number | null;
  readonly pidStart: string | null;
  readonly acceptedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: string | null;
  /** How often its method was begun. */
  readonly attempts: number;
  /** Its last run failed: the next one begins at this node time. */
  readonly retryAt: number | null;
  /** Its sender wants it to be ended: why. It never starts again. */
  readonly cancel: string | null;
}

/** The sender's side of a lane. */
export interface OutLaneRecord {
  readonly to: NodeName;
  readonly lane: LaneName;
  /** The sender's incarnation in this lane: new whenever the count starts again. */
  readonly epoch: string;
  /** The receiver's incarnation that the positions count for; null before the first contact. */
  readonly peerIncarnation: string | null;
  /** Up to here everything is settled. */
  readonly base: number;
  readonly baseTag: string;
  /** The last position given, and the tag after it. */
  readonly placed: number;
  readonly placedTag: string;
}

/** The receiver's side of a lane. */
export interface InLaneRecord {
  readonly from: NodeName;
  readonly lane: LaneName;
  readonly epoch: string;
  readonly last: number;
  readonly tag: string;
  readonly exceptions: readonly LaneException[];
}

/**
 * A position that was not accepted, and why the sender may say so. `forgotten`: which ones up to it were not accepted is not known any
 * more, since the sender had said that it knew.
 */
export interface LaneException {
  readonly position: number;
  readonly kind: 'voided' | 'rejected' | 'forgotten';
  readonly reason: string;
}

/** A body that is arriving in pieces. */
export interface TransferRecord {
  readonly from: NodeName;
  readonly id: MessageId;
  readonly size: number;
  readonly have: number;
}

export interface PeerRecord {
  readonly name: NodeName;
  /** The incarnation that last answered a question of ours. */
  readonly incarnation: string | null;
  /** The boot by which it was last known so. */
  readonly boot: string | null;
  readonly heardAt: number;
  readonly version: string | null;
  /** The groups that it says it belongs to. */
  readonly groups: readonly string[];
}

/** A submission that also goes to nodes that appear until some time. It is known here alone: the flow does not ask for it. */
export interface StandingRecord {
  /** Names the submission. */
  readonly id: MessageId;
  /** Wall ms, for people. */
  readonly at: number;
  /** Node time of the last of its parts. */
  readonly until: number;
  /** Which of its messages also go to others, to whom and until when; known to who reads it (node/standing.ts). */
  readonly parts: string;
  /** These messages themselves. */
  readonly contents: string;
}

/** Errors of one kind on one node, counted. Node, kind and `firstAt` name the row. */
export interface ErrorRecord {
  /** The node that has them. */
  readonly node: NodeName;
  /** What those that are counted together have in common: code, lane, text without its changing parts. */
  readonly kind: string;
  /** Of error-table, also of a version that this one does not know. */
  readonly code: string;
  readonly lane: LaneName | null;
  readonly id: MessageId | null;
  readonly text: string;
  readonly hint: string | null;
  readonly count: number;
  /** How many of them no message to central holds yet. */
  readonly untold: number;
  /** Wall clock of that node, ms since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** As it lies in the store. */
export interface StoredError extends ErrorRecord {
  /** Grows with every change of any error. */
  readonly changed: number;
}
