// A file that a command was given by its name, or standard input for "-".
import { readFile } from 'node:fs/promises';
import { fileProblem } from '../../base/file-problem.ts';
import { maxSubmissionBytes } from '../../contract/api-socket.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { Terminal } from '../terminal.ts';

/** Throws `invalid-usage` where it cannot be read. Of standard input not much more than a submission may have. */
export async function readNamed(
  file: string,
  { terminal, hint }: { readonly terminal: Terminal; readonly hint: string },
): Promise<Uint8Array> {
  if (file === '-') return readInput(terminal.input);
  try {
    return await readFile(file);
  } catch (error) {
    const problem = fileProblem(error, file) ?? `${file} cannot be read: ${describeError(error)}`;
    throw new StewardError('invalid-usage', problem, { hint, cause: error });
  }
}

async function readInput(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.length;
    // One byte too many is enough: the client refuses it.
    if (size > maxSubmissionBytes) break;
  }
  return Buffer.concat(chunks, size);
}
