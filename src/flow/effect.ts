// What the flow wants done. The engine (node/) or the simulator does it; the flow itself does no I/O.
import type { RunKey, RunRequest } from '../methods/run.ts';
import type { ErrorCode } from '../model/error-table.ts';
import type { Message, MessageId, Outcome } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { MessageState } from '../model/state.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import type { OrphanRef } from './event.ts';

/** A message as intake took it. */
export interface Intake {
  readonly ord: number;
  readonly submission: MessageId;
  readonly message: Message;
  readonly body: Uint8Array;
  /** It passes the answer to this one on. */
  readonly answerOf?: MessageId;
}

/** What became durable, in the order in which it did: for those who watch, and for the log of all messages. */
export type Notice =
  /** Of a message that this node has to deliver. `intake`: of one that is queued for the first time. */
  | {
      readonly type: 'state';
      readonly id: MessageId;
      readonly to: NodeName;
      readonly state: MessageState;
      readonly at: number;
      readonly reason: string | null;
      readonly outcome?: Outcome;
      readonly intake?: Intake;
    }
  | {
      readonly type: 'reply';
      readonly id: MessageId;
      readonly to: NodeName;
      readonly state: 'handled' | 'failed';
      readonly at: number;
      readonly reason: string | null;
    }
  /** A node has said hello. */
  | { readonly type: 'heard'; readonly from: NodeName; readonly boot: string }
  /** Errors of another node have been kept. */
  | { readonly type: 'errors' }
  /** Lanes to this node are lost, or with null what this node knew of all: whatever goes there may have changed. */
  | { readonly type: 'lost'; readonly to: NodeName | null; readonly at: number }
  /** A process of a lane to or from this node crashed, and with its step perhaps word of what had become durable: who follows a message reads it again. */
  | { readonly type: 'unheard'; readonly to: NodeName }
  /** Of a request that this node has accepted. A reply is told of by what it answers. */
  | {
      readonly type: 'work';
      readonly step: 'accepted' | 'started' | 'ended';
      readonly ord: number;
      readonly message: Message;
      readonly at: number;
      /** The attempts so far; 0 before the first. */
      readonly attempts: number;
      readonly outcome?: Outcome;
    };

export type Effect =
  /** All or nothing, in the order of the effects. Only a refusable commit may be answered with an error; every other is kept and tried until it is durable. */
  | {
      readonly type: 'commit';
      readonly token: number;
      readonly ops: readonly StoreOp[];
      readonly refusable: boolean;
      /** Nothing starts or leaves when it is durable: where nobody looks on, it may share the sync of the next one, if that comes soon. */
      readonly mayWait?: boolean | undefined;
    }
  /** Sees every commit before it. */
  | { readonly type: 'query'; readonly token: number; readonly query: StoreQuery }
  | {
      readonly type: 'publish';
      readonly subject: string;
      readonly reply: string | undefined;
      readonly bytes: Uint8Array;
    }
  /** To this node itself: it comes back as an event `frame`, when the effects before it are done. */
  | { readonly type: 'loop'; readonly subject: string; readonly bytes: Uint8Array }
  | { readonly type: 'listen'; readonly peer: NodeName }
  | { readonly type: 'unlisten'; readonly peer: NodeName }
  | { readonly type: 'timer'; readonly key: string; readonly delayMs: number }
  | { readonly type: 'cancel-timer'; readonly key: string }
  /** Decides where the file methods will write. Answered with their marks. */
  | { readonly type: 'prepare'; readonly token: number; readonly runs: readonly RunRequest[] }
  /** Runs of an earlier life that have their marks: they hold their files until they have run. */
  | { readonly type: 'adopt'; readonly token: number; readonly runs: readonly RunRequest[] }
  /** A command starts when the commit beside it is durable: its process may be made ready meanwhile. Nothing of it may begin. */
  | { readonly type: 'arm'; readonly run: RunRequest }
  /** An armed run that does not start now. */
  | { readonly type: 'disarm'; readonly key: RunKey }
  /** A run that was adopted will not be run, or one that may outlive its node has ended, durably: what is held for it goes. */
  | { readonly type: 'release'; readonly key: RunKey; readonly input?: MessageId }
  | { readonly type: 'run'; readonly token: number; readonly runs: readonly RunRequest[] }
  /** A command that runs is killed with all that it started; its result says why. Nothing happens to what does not run any more. */
  | { readonly type: 'cancel-run'; readonly key: RunKey; readonly reason: string }
  | { readonly type: 'end-orphans'; readonly token: number; readonly orphans: readonly OrphanRef[] }
  | { readonly type: 'notice'; readonly notice: Notice }
  | {
      readonly type: 'report';
      readonly code: ErrorCode;
      readonly text: string;
      readonly data: Record<string, unknown>;
    };
