// The file that a command is to read from its standard input, opened: the command gets it as it is, and nothing of it passes through the node.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileProblem } from '../../base/file-problem.ts';
import { describeError } from '../../model/error.ts';
import { inputId } from '../../model/input-name.ts';
import type { Message } from '../../model/message.ts';
import type { Inputs } from './inputs.ts';

export interface InputPlaces {
  readonly workFolder: string;
  readonly inputs: Pick<Inputs, 'pathOf'>;
}

/** To be closed by the caller. */
export async function openInput(
  { from, stdinFile = '' }: Pick<Message, 'from' | 'stdinFile'>,
  { workFolder, inputs }: InputPlaces,
): Promise<FileHandle | { readonly problem: string }> {
  const id = inputId(stdinFile);
  const path = id === undefined ? resolve(workFolder, stdinFile) : inputs.pathOf({ from, id });
  let file: FileHandle;
  try {
    // A pipe without a writer would be waited for.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (id !== undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { problem: `stdinFile: ${from} has copied no ${stdinFile} here, or it is gone: each is for one command` };
    return { problem: `stdinFile: ${fileProblem(error, path) ?? `${path} cannot be read: ${describeError(error)}`}` };
  }
  try {
    const found = await file.stat();
    if (found.isFile()) return file;
    await file.close();
    return { problem: `stdinFile: ${path} is ${found.isDirectory() ? 'a folder' : 'no regular file'}` };
  } catch (error) {
    await file.close();
    throw error;
  }
}
