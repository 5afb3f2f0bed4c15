// Gathers what goes to one client and writes it in one piece, once the chunk that caused it has been read to its end.
//
// From: connection.ts. To: the client's stream.
//
// 1. Bytes leave in the order in which they were given.
// 2. When more than maxPending bytes wait, here and in the stream, `overflow` is called and nothing is taken any more.
// 3. A small piece is copied, so that it does not keep the whole chunk alive that it came in; a large one is not.
import type { Writable } from 'node:stream';

const slabSize = 16 * 1024;
const largestCopied = 8 * 1024;

export interface SendBufferOptions {
  readonly stream: Writable;
  readonly maxPending: number;
  readonly overflow: () => void;
}

export class SendBuffer {
  readonly #stream: Writable;
  readonly #maxPending: number;
  readonly #overflow: () => void;
  /** Filled up to #end; what lies before #start is the stream's. */
  #slab: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #scheduled = false;
  #closed = false;

  constructor(options: SendBufferOptions) {
    this.#stream = options.stream;
    this.#maxPending = options.maxPending;
    this.#overflow = options.overflow;
  }

  text(latin1: string): void {
    if (!this.#room(latin1.length)) return;
    this.#end += this.#slab.write(latin1, this.#end, 'latin1');
  }

  bytes(bytes: Buffer): void {
    if (bytes.length > largestCopied) {
      this.#cutSlab();
      this.#push(bytes);
      this.#checkPending();
      this.#schedule();
    } else if (this.#room(bytes.length)) {
      this.#end += bytes.copy(this.#slab, this.#end);
    }
  }

  /** Hands what was gathered to the stream now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    this.#cutSlab();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#stream.cork();
    for (const piece of pieces) this.#stream.write(piece);
    this.#stream.uncork();
  }

  /** What was not flushed is let go. */
  close(): void {
    this.#closed = true;
    this.#pieces = [];
    this.#slab = Buffer.alloc(0);
  }

  #room(size: number): boolean {
    if (this.#closed) return false;
    if (this.#slab.length - this.#end < size) {
      this.#cutSlab();
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabSize, size));
      this.#start = 0;
      this.#end = 0;
      this.#checkPending();
    }
    this.#schedule();
    return !this.#closed;
  }

  #cutSlab(): void {
    if (this.#end > this.#start) this.#push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  #checkPending(): void {
    if (this.#closed || this.#pieceBytes + this.#stream.writableLength <= this.#maxPending) return;
    this.close();
    this.#overflow();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }
}
