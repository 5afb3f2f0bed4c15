// Takes in large bodies, piece by piece, ahead of their messages.
//
// 1. A piece is acknowledged only when it is durable; pieces are taken in order only.
// 2. At most `maxOpen` bodies of one sender are open, and at most `maxOpenBytes` of them are kept: the one that has rested longest
//    makes room. Its sender is told where the body stands when it goes on, and sends it again.
// 3. Of a body that is too large nothing is taken, and no more is wanted: its message comes, and is rejected (accept.ts).
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { TransferRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { pieceBytes, type Piece } from '../wire/piece.ts';
import type { Acknowledgements } from './acknowledge.ts';
import type { Context } from './context.ts';

const maxOpen = 16;
/** Largest body: the largest input of intake and the largest output, with room for the other kinds' limits to be raised. */
export const maxBodyBytes = 64 * 1024 * 1024;
const maxOpenBytes = 4 * maxBodyBytes;

/** Accepted bodies remembered; a copy that comes later than so many others is not to be expected. */
const maxTaken = 10_000;

interface OpenBody {
  readonly record: TransferRecord;
  /** Runs ahead of `durable` by the commits under way. */
  now: number;
  durable: number;
  /** Monotonic time of its last piece in this life. */
  movedAt: number;
}

export class Bodies {
  private readonly context: Context;
  private readonly acknowledgements: Acknowledgements;
  /** In the order of the last piece, the oldest first. */
  private readonly open = new Map<string, OpenBody>();
  /** Bodies of messages that were accepted in this life. A piece for an earlier life is not let in. */
  private readonly taken = new Set<string>();

  constructor(context: Context, acknowledgements: Acknowledgements) {
    this.context = context;
    this.acknowledgements = acknowledgements;
  }

  restore(records: readonly TransferRecord[]): void {
    for (const record of records)
      this.open.set(keyOf(record.from, record.id), {
        record,
        now: record.have,
        durable: record.have,
        movedAt: this.context.monotonic(),
      });
  }

  /** Bytes of the body that are durable here, from its start. */
  have(from: NodeName, id: MessageId): number {
    return this.open.get(keyOf(from, id))?.durable ?? 0;
  }

  /** The same, of a body that a message needs: it is let in, although one of this name may have been taken (a sender was put back). */
  want(from: NodeName, id: MessageId): number {
    this.taken.delete(keyOf(from, id));
    return this.have(from, id);
  }

  /** The body belongs to an accepted message from now on. */
  take(from: NodeName, id: MessageId): StoreOp {
    const key = keyOf(from, id);
    const body = this.open.get(key);
    this.open.delete(key);
    this.taken.add(key);
    this.context.undo(() => {
      this.taken.delete(key);
      if (body !== undefined) this.open.set(key, body);
    });
    const oldest = this.taken.keys().next();
    if (this.taken.size > maxTaken && oldest.done !== true) this.taken.delete(oldest.value);
    return { op: 'transfer-drop', from, id, pieces: false };
  }

  receive(piece: Piece): void {
    const { from, id, nonce, size, offset, bytes } = piece;
    if (size > maxBodyBytes) return this.acknowledgements.owePiece(from, { id, have: size, nonce });
    const key = keyOf(from, id);
    // A late copy: the body belongs to an accepted message, and must not be opened again.
    if (this.taken.has(key)) return this.acknowledgements.owePiece(from, { id, have: size, nonce });
    const record: TransferRecord = { from, id, size, have: 0 };
    const body = this.open.get(key) ?? { record, now: 0, durable: 0, movedAt: 0 };
    if (offset !== body.now || size !== body.record.size)
      return this.acknowledgements.owePiece(from, { id, have: body.durable, nonce });
    this.open.delete(key);
    const ops = this.makeRoom(from, size);
    this.open.set(key, body);
    const have = offset + bytes.length;
    body.now = have;
    body.movedAt = this.context.monotonic();
    this.context.commit(
      [
        ...ops,
        { op: 'piece', owner: { box: 'in', sender: from, id }, index: offset / pieceBytes, bytes },
        { op: 'transfer', record: { from, id, size, have } },
      ],
      () => {
        body.durable = have;
        this.acknowledgements.owePiece(from, { id, have, nonce });
      },
    );
  }

  /** Bodies that nobody has gone on with since then, at most `most`: whoever goes on is told to begin again. */
  dropRested(since: number, most: number): readonly StoreOp[] {
    const rested = [...this.open].filter(([, body]) => body.movedAt < since && body.now === body.durable);
    return rested.slice(0, most).map(([key, { record }]): StoreOp => {
      this.open.delete(key);
      return { op: 'transfer-drop', from: record.from, id: record.id, pieces: true };
    });
  }

  private makeRoom(from: NodeName, size: number): StoreOp[] {
    const ops: StoreOp[] = [];
    const ofSender = [...this.open].filter(([, body]) => body.record.from === from);
    let bytes = ofSender.reduce((sum, [, body]) => sum + body.record.size, size);
    let count = ofSender.length + 1;
    for (const [key, body] of ofSender) {
      if (count <= maxOpen && bytes <= maxOpenBytes) break;
      this.open.delete(key);
      ops.push({ op: 'transfer-drop', from, id: body.record.id, pieces: true });
      bytes -= body.record.size;
      count -= 1;
    }
    return ops;
  }
}

function keyOf(from: NodeName, id: MessageId): string {
  return `${from}/${id}`;
}
