// Frames between the node and its executor (see executor-program.ts).

export interface Frame {
  readonly type: string;
  readonly id: number;
  readonly payload: Buffer;
}

const headSize = 9;
/** An executor that announces more is not ours: its pieces of output have at most 64 KiB. */
const maxPayload = 128 * 1024;

export function encodeFrame({ type, id, payload }: { type: string; id: number; payload: string }): Buffer {
  const size = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(headSize + size);
  frame.writeUInt32BE(size, 0);
  frame.write(type, 4, 1, 'latin1');
  frame.writeUInt32BE(id, 5);
  frame.write(payload, headSize, 'utf8');
  return frame;
}

/** Cuts a stream of bytes into frames. Holds at most one frame that is not whole. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole now; their payloads are views. Undefined if this is no stream of frames. */
  read(bytes: Buffer): readonly Frame[] | undefined {
    let data = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (data.length >= headSize) {
      const size = data.readUInt32BE(0);
      if (size > maxPayload) return undefined;
      if (data.length < headSize + size) break;
      frames.push({
        type: data.toString('latin1', 4, 5),
        id: data.readUInt32BE(5),
        payload: data.subarray(headSize, headSize + size),
      });
      data = data.subarray(headSize + size);
    }
    this.#rest = data;
    return frames;
  }
}
