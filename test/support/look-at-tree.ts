// A folder and all that is in it, as one text: equal only if nothing in it has changed.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names, kinds, sizes, times of change and sums; without what is below the paths of `except`, which count from the folder. */
export function lookAtTree(folder: string, except: readonly string[], below = ''): string {
  const lines = readdirSync(join(folder, below)).flatMap((name) => {
    const path = join(below, name);
    if (except.includes(path)) return [];
    const found = lstatSync(join(folder, path));
    const sum = found.isFile()
      ? createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex')
      : '';
    const line = `${path} ${found.mode} ${found.size} ${found.mtimeMs} ${sum}`;
    return found.isDirectory() ? [line, lookAtTree(folder, except, path)] : [line];
  });
  return lines.join('\n');
}
