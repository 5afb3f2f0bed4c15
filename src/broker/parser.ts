// Turns the bytes of one client into operations.
//
// From: connection.ts, which feeds every chunk as it comes. To: the same, one call an operation, in order.
//
// 1. However the bytes are cut into chunks, the operations are the same.
// 2. At most one control line or one payload is held: maxControlLine or maxPayload bytes, and a few more.
// 3. After a violation, or stop(), nothing is read any more: what follows a broken line is never obeyed.
import {
  canBegin,
  lineTooLong,
  longestFirstWord,
  readControlLine,
  unknownOperation,
  type Announced,
} from './control-line.ts';
import type { BrokerLimits } from './limits.ts';
import type { Operation } from './operation.ts';

const carriageReturn = 13;
const lineFeed = 10;
const lineEndSize = 2;

interface Payload {
  readonly announced: Announced;
  readonly frame: Buffer;
  filled: number;
}

export class Parser {
  readonly #limits: Pick<BrokerLimits, 'maxControlLine' | 'maxPayload'>;
  readonly #emit: (operation: Operation) => void;
  #line: Buffer | undefined;
  #payload: Payload | undefined;
  #announced: Announced | undefined;
  #stopped = false;

  constructor(limits: Pick<BrokerLimits, 'maxControlLine' | 'maxPayload'>, emit: (operation: Operation) => void) {
    this.#limits = limits;
    this.#emit = emit;
  }

  stop(): void {
    this.#stopped = true;
    this.#line = undefined;
    this.#payload = undefined;
  }

  /** The chunk must not change afterwards: payloads are handed on as parts of it. */
  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      at = this.#announced === undefined ? this.#readLine(chunk, at) : this.#readPayload(chunk, at, this.#announced);
    }
  }

  #readLine(chunk: Buffer, start: number): number {
    const end = chunk.indexOf(lineFeed, start);
    if (end === -1) {
      this.#holdLine(chunk.subarray(start));
      return chunk.length;
    }
    let line = chunk.toString('latin1', start, end);
    if (this.#line !== undefined) {
      line = this.#line.toString('latin1') + line;
      this.#line = undefined;
    }
    const read = readControlLine(line.endsWith('\r') ? line.slice(0, -1) : line, this.#limits);
    if (read.type === 'announced') this.#announced = read;
    else this.#hand(read);
    return end + 1;
  }

  #holdLine(part: Buffer): void {
    this.#line = this.#line === undefined ? Buffer.from(part) : Buffer.concat([this.#line, part]);
    if (!canBegin(this.#line.toString('latin1', 0, longestFirstWord))) this.#hand(unknownOperation);
    else if (this.#line.length > this.#limits.maxControlLine + longestFirstWord) this.#hand(lineTooLong);
  }

  #readPayload(chunk: Buffer, start: number, announced: Announced): number {
    const wanted = announced.size + lineEndSize;
    if (this.#payload === undefined && chunk.length - start >= wanted) {
      this.#publish(announced, chunk.subarray(start, start + wanted));
      return start + wanted;
    }
    this.#payload ??= { announced, frame: Buffer.allocUnsafeSlow(wanted), filled: 0 };
    const payload = this.#payload;
    const copied = chunk.copy(payload.frame, payload.filled, start);
    payload.filled += copied;
    if (payload.filled === wanted) {
      this.#payload = undefined;
      this.#publish(announced, payload.frame);
    }
    return start + copied;
  }

  #publish(announced: Announced, frame: Buffer): void {
    this.#announced = undefined;
    const { subject, reply, headerSize, size } = announced;
    const ends = frame[size] === carriageReturn && frame[size + 1] === lineFeed;
    this.#hand(ends ? { type: 'publish', subject, reply, headerSize, size, frame } : unknownOperation);
  }

  #hand(operation: Operation): void {
    if (operation.type === 'violation') this.stop();
    this.#emit(operation);
  }
}
