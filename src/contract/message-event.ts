// What changes: the events that a node reports while messages go their way, and those of the event stream.
import * as v from 'valibot';
import type { MessageState } from '../model/state.ts';
import { errorBodySchema } from './api-error.ts';
import { errorViewSchema } from './error-view.ts';
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
  /** The list of errors has changed. */
  | { readonly type: 'errors' }
  /** Any message to this node may have changed; with null any message at all. */
  | { readonly type: 'lost'; readonly to: string | null };

/**
 * One event of `GET /v1/events`, `POST /v1/follow` and `GET /v1/error-events`. A message carries the whole message as it is now, not the difference:
 * a reader that was away, or is slow, has missed nothing that the newest one does not say.
 */
export const streamEventSchema = v.variant('type', [
  v.object({ type: v.literal('message'), message: messageViewSchema }),
  /** The node does not have a message of this id. */
  v.object({ type: v.literal('missing'), id: v.string() }),
  /** A stream of errors begins: with what comes after this change. */
  v.object({ type: v.literal('following'), after: v.number() }),
  /** Of a stream of errors: one that has come, or come again. */
  v.object({ type: v.literal('reported'), report: errorViewSchema }),
  /** The node cannot go on with the stream, and ends it. */
  v.object({ type: v.literal('error'), error: errorBodySchema }),
]);

export type StreamEvent = v.InferOutput<typeof streamEventSchema>;
