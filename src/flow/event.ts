// What happens to the flow. Events are handled one at a time, each to its end.
import type { FileMark, FollowMark, OutputPart, Pace, RunKey, RunResult } from '../methods/run.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { StewardError } from '../model/error.ts';
import type { NewMessage } from './new-message.ts';
import type { ListedSchedules } from '../model/schedule-row.ts';

/** A run of an earlier life of this node, and the process that it had, as far as that was recorded. */
export interface OrphanRef {
  readonly key: RunKey;
  readonly pid: number | null;
  readonly pidStart: string | null;
}

export type Prepared =
  | { readonly type: 'mark'; readonly mark: FileMark | undefined }
  /** The method cannot run: this is its result. */
  | { readonly type: 'result'; readonly result: RunResult };

export type SubmitAnswer =
  | { readonly type: 'accepted'; readonly ids: readonly MessageId[] }
  | {
      readonly type: 'refused';
      readonly code: 'stopping' | 'store-unavailable' | 'queue-full' | 'internal';
      readonly reason: string;
      readonly hint: string;
    };

export type CancelAnswer =
  /** So many were cancelled, and of so many the nodes that may have them are asked. */
  | { readonly type: 'done'; readonly cancelled: number; readonly asked: number }
  | {
      readonly type: 'refused';
      readonly code: 'stopping' | 'store-unavailable';
      readonly reason: string;
      readonly hint: string;
    };

/** The id of the message that takes them to central; undefined on central itself, where there is none on its way. */
export type ErrorsAnswer = { readonly id: MessageId | undefined } | 'refused';

export type FlowEvent =
  | { readonly type: 'start' }
  | {
      readonly type: 'submit';
      readonly messages: readonly NewMessage[];
      /** To be committed with them, or not at all. */
      readonly ops?: readonly StoreOp[];
      /** What they belong to; absent: a submission of their own, which is named after the first of them. */
      readonly submission?: MessageId;
      /** The node's own messages are not refused by the bounds of what waits. */
      readonly isOwn?: true;
      readonly answer: (answer: SubmitAnswer) => void;
    }
  /** Errors that this node has counted (src/errors), for central. */
  | {
      readonly type: 'errors';
      readonly body: Uint8Array;
      /** To be committed with them, or not at all. */
      readonly ops: readonly StoreOp[];
      readonly answer: (answer: ErrorsAnswer) => void;
    }
  /** Messages of this node are not wanted any more. */
  | {
      readonly type: 'cancel';
      readonly filter: QueueFilter;
      /** Also those that run. */
      readonly running: boolean;
      /** For people: who. */
      readonly reason: string;
      readonly answer: (answer: CancelAnswer) => void;
    }
  /** An order of an operator of this node: `[VERB, ID…]` (schedule/order-schedule.ts). */
  | {
      readonly type: 'schedule';
      readonly words: readonly string[];
      readonly by: string;
      readonly answer: (answer: ListedSchedules | StewardError) => void;
    }
  /** Requests of this node's own that have ended, and that nobody asks about any more: their rows, by their order. `to`: the node that they were given to. */
  | { readonly type: 'forget'; readonly to: NodeName; readonly ords: readonly number[] }
  | { readonly type: 'link-up' }
  | { readonly type: 'link-down' }
  /** A frame has arrived on a subject of ours. */
  | { readonly type: 'frame'; readonly subject: string; readonly bytes: Uint8Array }
  /** The broker says that nobody listens where we published; `subject` is the reply subject that we had given. */
  | { readonly type: 'no-responders'; readonly subject: string }
  | { readonly type: 'timer'; readonly key: string }
  /** The answer to an effect that bore a token. */
  | { readonly type: 'done'; readonly token: number; readonly result: unknown; readonly error?: string }
  /** Output of a run that goes on. */
  | {
      readonly type: 'parts';
      readonly key: RunKey;
      readonly parts: readonly OutputPart[];
      /** How far the run has come by them: what it is given when it runs again. */
      readonly mark?: FollowMark;
      /** They are durable, or nobody wants them any more. */
      readonly next: (pace: Pace) => void;
    }
  | { readonly type: 'spawned'; readonly key: RunKey; readonly pid: number; readonly pidStart: string }
  /** The store cannot write, or can again. */
  | { readonly type: 'store-stalled'; readonly reason: string }
  | { readonly type: 'store-ready' }
  /** No new starts from here on. */
  | { readonly type: 'stop' };

/** As it is told of one that took too long. */
export function eventName(event: FlowEvent): string {
  if (event.type === 'frame') return `frame on ${event.subject}`;
  if (event.type === 'timer') return `timer ${event.key}`;
  return event.type === 'submit' ? `submit of ${event.messages.length} messages` : event.type;
}
