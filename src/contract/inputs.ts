// What is to be the standard input of a command, and too large for its message: handed to the node in pieces (docs/api.md).
import * as v from 'valibot';
import { isMessageId } from '../model/id.ts';

/** Most bytes of a piece. */
export const mostInputPiece = 4 * 1024 * 1024;

const id = v.pipe(v.string(), v.check(isMessageId));

export const inputLengthSchema = v.object({ bytes: v.number() });

export const keepWishSchema = v.strictObject({
  /** Other ids, under which the same is kept for other messages. */
  as: v.optional(v.pipe(v.array(id), v.maxLength(1_000), v.readonly())),
  /** Of its message, in seconds; what the node gives to messages unless given. */
  expires: v.optional(v.pipe(v.number(), v.minValue(0))),
});

export type KeepWish = v.InferOutput<typeof keepWishSchema>;
