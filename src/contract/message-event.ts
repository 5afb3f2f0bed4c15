// What changes: the events that a node reports while messages go their way, and those of the event stream.
import * as v from 'valibot';
import type { MessageState } from '../model/state.ts';
import { errorBodySchema } from './api-error.ts';
import { messageViewSchema } from './message-view.ts';

/** A change, as the node's own parts report it. `at` is wall-clock milliseconds. */
export type MessageEvent =
  | {
      readonly type: 'state';
      readonly id: string;
      readonly state: MessageState;
      readonly at: number;
      /** What it waits for from now on; absent: nothing. */
      readonly waiting?: string;
      readonly reason?: string;
    }
  | {
      readonly type: 'reply';
      readonly id: string;
      readonly state: 'pending' | 'handled' | 'failed';
      readonly at: number;
      readonly reason?: string;
    }
  /** Any message to this node may have changed; with null any message at all. */
  | { readonly type: 'lost'; readonly to: string | null };

/**
 * One event of `GET /v1/events` and `POST /v1/follow`. It carries the whole message as it is now, not the difference:
 * a reader that was away, or is slow, has missed nothing that the newest one does not say.
 */
export const streamEventSchema = v.variant('type', [
  v.object({ type: v.literal('message'), message: messageViewSchema }),
  /** The node does not have a message of this id. */
  v.object({ type: v.literal('missing'), id: v.string() }),
  /** The node cannot go on with the stream, and ends it. */
  v.object({ type: v.literal('error'), error: errorBodySchema }),
]);

export type StreamEvent = v.InferOutput<typeof streamEventSchema>;
