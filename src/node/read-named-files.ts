// The files that messages name (`{{STEWARD_FILE:path}}`), read where the messages are submitted, before anything is accepted.
//
// 1. Only regular files: a pipe or a device could hold the node up for ever.
// 2. At most `maxNamedBytes` together, and nothing takes longer than `readWithinMs`: a network disk may hang.
// 3. What cannot be read is not an error here: the message that names it is refused, with its place.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Timers } from '../base/clock.ts';
import { fileProblem } from '../base/file-problem.ts';
import { within } from '../base/within.ts';
import type { FileOf } from '../intake/read-work.ts';

/** As much as one body may have. */
export const maxNamedBytes = 16 * 1024 * 1024;
const readWithinMs = 10_000;
const pieceBytes = 64 * 1024;

type Content = ReturnType<FileOf>;

/** Notes what is asked for, and says that it is empty: for a first look at a submission. */
export class NamedFiles {
  readonly paths = new Set<string>();
  readonly note: FileOf = (path) => {
    this.paths.add(path);
    return new Uint8Array(0);
  };
}

/** `folder`: what a path that is not absolute counts from. */
export async function readNamedFiles(
  paths: Iterable<string>,
  { folder, timers }: { readonly folder: string; readonly timers: Timers },
): Promise<FileOf> {
  const contents = new Map<string, Content>();
  let left = maxNamedBytes;
  for (const path of paths) {
    const content =
      path === '' ? { problem: 'no path is given' } : await inTime(readOne(resolve(folder, path), left), timers);
    contents.set(path, content);
    if (!('problem' in content)) left -= content.length;
  }
  return (path) => contents.get(path) ?? { problem: 'it was not read' };
}

async function inTime(reading: Promise<Content>, timers: Timers): Promise<Content> {
  let content: Content = { problem: `not read within ${readWithinMs / 1000} s` };
  await within(timers, readWithinMs, (async () => (content = await reading))());
  return content;
}

async function readOne(path: string, most: number): Promise<Content> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { problem: `${path} is no regular file` };
      const pieces: Buffer[] = [];
      for (let length = 0; ;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes);
        if (bytesRead === 0) return Buffer.concat(pieces);
        length += bytesRead;
        if (length > most) return { problem: `the files of one submission have more than ${maxNamedBytes} bytes` };
        pieces.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: fileProblem(error, path) ?? (error instanceof Error ? error.message : String(error)) };
  }
}
