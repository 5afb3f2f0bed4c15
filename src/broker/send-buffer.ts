// Gathers what goes to one client and writes it in one piece, once the chunk that caused it has been read to its end and the
// stream has taken the piece before.
//
// From: connection.ts. To: the client's stream.
//
// 1. Bytes leave in the order in which they were given.
// 2. When more than maxPending bytes wait, here and in the stream, or the stream has not taken one piece within
//    writeDeadlineMs, `tooSlow` is called, once, and nothing is taken any more.
// 3. A small piece is copied, so that it does not keep the whole chunk alive that it came in; a large one is not.
// 4. What waits for a slow reader waits here, in slabs: small messages cost it no more memory than their bytes.
import type { Writable } from 'node:stream';
import type { Timers } from '../base/clock.ts';

const slabSize = 16 * 1024;
const largestCopied = 8 * 1024;

export interface SendBufferOptions {
  readonly stream: Writable;
  readonly timers: Timers;
  readonly maxPending: number;
  readonly writeDeadlineMs: number;
  readonly tooSlow: (reason: string) => void;
}

export class SendBuffer {
  readonly #options: SendBufferOptions;
  /** Filled up to #end; what lies before #start is the stream's. */
  #slab: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #scheduled = false;
  #closed = false;
  #cancelDeadline: () => void = () => undefined;

  constructor(options: SendBufferOptions) {
    this.#options = options;
  }

  /** Nothing more is taken, and what was not written is let go. */
  get closed(): boolean {
    return this.#closed;
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

  /** Hands everything to the stream, however much it still has, and takes nothing more. */
  finish(): void {
    if (!this.#closed) this.#write();
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#cancelDeadline();
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
    const { stream, maxPending } = this.#options;
    if (this.#closed || this.#pieceBytes + stream.writableLength <= maxPending) return;
    this.#giveUp(`more than ${maxPending} bytes wait for it`);
  }

  #giveUp(reason: string): void {
    this.close();
    this.#options.tooSlow(reason);
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { stream, timers, writeDeadlineMs } = this.#options;
    if (this.#closed || stream.writableLength > 0) return;
    this.#write();
    if (stream.writableLength === 0) return;
    const reason = `did not take what was written within ${writeDeadlineMs} ms`;
    this.#cancelDeadline = timers.after(writeDeadlineMs, () => this.#giveUp(reason));
  }

  #write(): void {
    const { stream } = this.#options;
    this.#cutSlab();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#pieceBytes = 0;
    stream.cork();
    for (const piece of pieces.slice(0, -1)) stream.write(piece);
    const last = pieces.at(-1);
    // An error is the connection's to hear, by the stream's own event.
    if (last !== undefined) stream.write(last, () => this.#written());
    stream.uncork();
  }

  #written(): void {
    // The stream may be busy with the next piece already: its own end comes, and its deadline stands.
    if (this.#options.stream.writableLength > 0) return;
    this.#cancelDeadline();
    this.#flush();
  }
}
