// Keeps the figures of a whole run, and writes them into docs/reliability.md. A test compares the page with what is kept.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Performance } from '../run-scene.ts';
import { faultTable } from './table.ts';

export interface RecordedRun {
  readonly seed: number;
  readonly seconds: number;
  readonly performances: readonly Performance[];
}

const recordedPath = 'faults/print/recorded.json';
const pagePath = 'docs/reliability.md';
const [from, to] = ['<!-- faults-run -->\n', '<!-- end of faults-run -->'];

/** The page with the run between its marks. Throws where they are missing. */
export function fillRun(page: string, { seed, seconds, performances }: RecordedRun): string {
  const [start, end] = [page.indexOf(from), page.indexOf(to)];
  if (start === -1 || end === -1) throw new Error(`${pagePath} has no place for a run`);
  const notes = performances.flatMap(({ scene, notes }) =>
    notes.map((note) => `- \`${scene}\`: ${note.replace(/\s+/g, ' ')}`),
  );
  const text = [`The last recorded run (seed ${seed}):`, faultTable(performances, seconds), notes.join('\n')];
  return `${page.slice(0, start + from.length)}\n${text.filter((part) => part !== '').join('\n\n')}\n\n${page.slice(end)}`;
}

export async function recordRun(root: string, run: RecordedRun): Promise<void> {
  await writeFile(join(root, recordedPath), `${JSON.stringify(run, undefined, 2)}\n`);
  const page = await readFile(join(root, pagePath), 'utf8');
  await writeFile(join(root, pagePath), fillRun(page, run));
}
