// The repository as the rules see it: its files, without what git ignores or a build makes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', '.cache', '.git', 'coverage', 'steward-demo']);
/** What a node that runs in the checkout makes (.gitignore). */
const ofANode: ReadonlySet<string> = new Set(['etc', 'tmp', 'data', 'store', 'try']);

/** Paths below the root, sorted; all of them, or those below a folder. */
export function filesIn(folder = ''): readonly string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (skipped.has(entry.name) || (folder === '' && ofANode.has(entry.name))) continue;
    if (entry.isDirectory()) found.push(...filesIn(path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** TypeScript without its comments; what stands in strings stays. */
export function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[^]*?\*\/|\/\/[^\n]*/g,
    (_match, text: string | undefined) => text ?? '',
  );
}
