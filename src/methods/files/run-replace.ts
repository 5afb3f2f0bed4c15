// The method `file`: the whole file is replaced, atomically.
import { lstat } from 'node:fs/promises';
import { StewardError } from '../../model/error.ts';
import { answeredBy } from '../../model/message.ts';
import { failed, succeeded } from '../result.ts';
import type { RunRequest, RunResult } from '../run.ts';
import { startSpan } from '../span.ts';
import type { FileOptions } from './appends.ts';
import { describeFileError, errorCode } from './disk-error.ts';
import { bodyParts } from './parts.ts';
import { removeFile, replaceFile } from './replace-file.ts';
import { type Target, resolveTarget } from './resolve-target.ts';
import { errorFileOf, targetSegments } from './target-path.ts';
import { writeSocket } from './write-socket.ts';

/**
 * Replaces the file, and its `.error` beside it; where there is no standard error, an `.error` of an earlier answer is removed,
 * as the two belong together. Each of the two is atomic, not the pair. Never rejects.
 */
export async function runReplace(request: RunRequest, options: FileOptions): Promise<RunResult> {
  const span = startSpan(options.clock);
  try {
    const segments = targetSegments(request.message);
    const parts = bodyParts(request);
    const file = await resolveTarget(segments, options);
    const beside = [...segments.slice(0, -1), errorFileOf(segments.at(-1) ?? '')];
    const errorFile = await resolveTarget(beside, options);
    await options.leases.during([file.path, errorFile.path], async () => {
      await options.nearDisk.reach(file.isNear, async () => {
        await replace(file, { bytes: parts.stdout, options });
        if (parts.stderr.length > 0) await replace(errorFile, { bytes: parts.stderr, options });
        else if (answeredBy(request.message) !== undefined) await removeFile(errorFile);
      });
    });
    return succeeded(span());
  } catch (error) {
    return failed(span(), describeFileError(error));
  }
}

async function replace(target: Target, { bytes, options }: { bytes: Uint8Array; options: FileOptions }): Promise<void> {
  const kind = await kindOf(target.path);
  if (kind === 'socket') await writeSocket(target.path, { bytes, timers: options.timers });
  else if (kind === 'other') throw new StewardError('path-refused', `${target.path} is not a regular file`);
  else await replaceFile(target, { bytes, open: options.open });
}

async function kindOf(path: string): Promise<'none' | 'file' | 'socket' | 'other'> {
  try {
    const found = await lstat(path);
    if (found.isSocket()) return 'socket';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'none';
    throw error;
  }
}
