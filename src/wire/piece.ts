// A piece of a large body, which goes ahead of its message and beside the lane.
import { invalid, type FrameContent } from './frame.ts';
import { fields, integer, messageId } from './field.ts';
import { packAddress, readAddress, type Address } from './batch.ts';
import type { MessageId } from '../model/message.ts';

/** Bytes of every piece but the last of a body. */
export const pieceBytes = 48 * 1024;

export interface Piece extends Address {
  readonly id: MessageId;
  /** Bytes of the whole body. */
  readonly size: number;
  /** Where in the body these bytes begin: a multiple of `pieceBytes`. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export function pieceFrame(piece: Piece): FrameContent {
  return {
    type: 'piece',
    head: JSON.stringify({
      ...packAddress(piece),
      i: piece.id,
      z: piece.size,
      o: piece.offset,
    }),
    tail: [piece.bytes],
  };
}

export function readPiece(value: unknown, tail: Uint8Array): Piece {
  const head = fields(value);
  const size = integer(head, 'z', 1);
  const offset = integer(head, 'o');
  if (offset % pieceBytes !== 0 || offset >= size || tail.length !== Math.min(pieceBytes, size - offset)) {
    throw invalid('a piece that does not fit its body');
  }
  return {
    ...readAddress(head),
    id: messageId(head, 'i'),
    size,
    offset,
    bytes: tail,
  };
}
