// Which files a run writes, and what.
import type { Clock } from '../../base/clock.ts';
import { errorLines } from './error-lines.ts';
import type { RunRequest } from '../run.ts';
import type { NearDisk } from './near-disk.ts';
import { type Parts, bodyParts, writesLine } from './parts.ts';
import { type Target, resolveTarget } from './resolve-target.ts';
import { errorFileOf, targetSegments } from './target-path.ts';

export interface Targets {
  readonly stdout: Target;
  /** The `.error` beside it; only if there is something to write to it. */
  readonly stderr?: Target;
}

/** Remembers for the length of one batch, whose runs mostly write to the same file. */
export type TargetCache = Map<string, Promise<Target>>;

/** Makes the folders. Rejects with `path-refused`, `invalid-message`, or the error of the file system. */
export async function findTargets(
  request: RunRequest,
  {
    dataFolder,
    nearDisk,
    cache,
  }: { readonly dataFolder: string; readonly nearDisk: NearDisk; readonly cache: TargetCache },
): Promise<Targets> {
  const segments = targetSegments(request.message);
  const resolve = (names: readonly string[]): Promise<Target> => {
    const known = cache.get(names.join('/'));
    if (known !== undefined) return known;
    const found = resolveTarget(names, { dataFolder, nearDisk });
    cache.set(names.join('/'), found);
    return found;
  };
  const stdout = await resolve(segments);
  if (bodyParts(request).stderr.length === 0) return { stdout };
  return { stdout, stderr: await resolve([...segments.slice(0, -1), errorFileOf(segments.at(-1) ?? '')]) };
}

/**
 * What the run writes. For `hello` and `pong` the line of the original, as long at a second run as at the first, so that it replaces itself.
 * Throws `invalid-message` for an `errorLog` whose body is no list of errors.
 */
export function partsToWrite(request: RunRequest, clock: Clock): Parts {
  if (request.message.method === 'errorLog') return { stdout: errorLines(request), stderr: new Uint8Array(0) };
  if (!writesLine(request.message)) return bodyParts(request);
  const { method, from } = request.message;
  const text = method === 'hello' ? `Received hello from "${from}"` : `pong received from ${from}`;
  return { stdout: Buffer.from(`${new Date(clock.wall()).toISOString()}, ${text}\n`), stderr: new Uint8Array(0) };
}
