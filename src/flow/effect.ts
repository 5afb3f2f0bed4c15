// What the flow wants done. The engine (node/) or the simulator does it; the flow itself does no I/O.
import type { RunKey, RunRequest } from '../methods/run.ts';
import type { ErrorCode } from '../model/error-table.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { MessageState } from '../model/state.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import type { OrphanRef } from './event.ts';

/** What became durable, for those who watch. */
export type Notice =
  | {
      readonly type: 'state';
      readonly id: MessageId;
      readonly state: MessageState;
      readonly at: number;
      readonly reason: string | null;
    }
  | { readonly type: 'reply'; readonly id: MessageId; readonly state: 'handled' | 'failed'; readonly at: number }
  /** Errors of another node have been kept. */
  | { readonly type: 'errors' }
  /** Lanes to this node are lost: whatever goes there may have changed. */
  | { readonly type: 'lost'; readonly to: NodeName };

export type Effect =
  /** All or nothing, in the order of the effects. Only a refusable commit may be answered with an error; every other is kept and tried until it is durable. */
  | { readonly type: 'commit'; readonly token: number; readonly ops: readonly StoreOp[]; readonly refusable: boolean }
  /** Sees every commit before it. */
  | { readonly type: 'query'; readonly token: number; readonly query: StoreQuery }
  | {
      readonly type: 'publish';
      readonly subject: string;
      readonly reply: string | undefined;
      readonly bytes: Uint8Array;
    }
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
  | { readonly type: 'release'; readonly key: RunKey }
  | { readonly type: 'run'; readonly token: number; readonly runs: readonly RunRequest[] }
  | { readonly type: 'end-orphans'; readonly token: number; readonly orphans: readonly OrphanRef[] }
  | { readonly type: 'notice'; readonly notice: Notice }
  | {
      readonly type: 'report';
      readonly code: ErrorCode;
      readonly text: string;
      readonly data: Record<string, unknown>;
    };
