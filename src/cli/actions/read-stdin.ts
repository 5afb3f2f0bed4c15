// What --stdin names: whole, where a message holds it, and otherwise its beginning, and how to go on.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { fileProblem } from '../../base/file-problem.ts';
import { mostInputPiece } from '../../contract/inputs.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { Terminal } from '../terminal.ts';

/** It travels as base64 in its submission, which has 16 MiB, with room for the rest. */
export const mostInMessage = 11.5 * 1024 * 1024;

/** More than a message holds. */
export interface LongInput {
  /** All of it, from its first byte on; to be read once. */
  pieces(): AsyncGenerator<Uint8Array>;
  /** Nobody reads on: a pipe that says nothing more is not waited for. */
  close(): void;
}

/** Throws `invalid-usage` where it cannot be read. */
export async function readStdin(file: string, terminal: Terminal): Promise<Uint8Array | LongInput> {
  const source = file === '-' ? terminal.input : createReadStream(file, { highWaterMark: 1024 * 1024 });
  const iterator = source[Symbol.asyncIterator]();
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const { done, value } = (await iterator.next()) as IteratorResult<Uint8Array, undefined>;
      return done === true ? undefined : value;
    } catch (error) {
      const problem = fileProblem(error, file) ?? `${file} cannot be read: ${describeError(error)}`;
      throw new StewardError('invalid-usage', problem, {
        hint: 'name a file, or "-" for standard input',
        cause: error,
      });
    }
  };
  let held: Uint8Array[] = [];
  let size = 0;
  while (size <= mostInMessage) {
    const chunk = await next();
    if (chunk === undefined) return Buffer.concat(held, size);
    held.push(chunk);
    size += chunk.length;
  }
  return {
    async *pieces() {
      for (;;) {
        while (size < mostInputPiece) {
          const chunk = await next();
          if (chunk === undefined) {
            if (size > 0) yield Buffer.concat(held, size);
            return;
          }
          held.push(chunk);
          size += chunk.length;
        }
        const all = Buffer.concat(held, size);
        held = [all.subarray(mostInputPiece)];
        size -= mostInputPiece;
        yield all.subarray(0, mostInputPiece);
      }
    },
    close: () => void (source instanceof Readable ? source.destroy() : undefined),
  };
}
