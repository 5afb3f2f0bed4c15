// Keeps the figures of a run, and writes them into docs/reliability.md. A test compares the page with what is kept.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plantedBugs } from '../planted/bugs.ts';
import type { Catch } from '../planted/run-planted.ts';
import type { Figures } from './figures.ts';
import { fillPage } from './page.ts';

export interface Recorded {
  readonly figures: Figures;
  readonly catches: readonly Catch[];
}

const recordedPath = 'simulator/report/recorded.json';
const pagePath = 'docs/reliability.md';

export async function record(root: string, news: Partial<Recorded>): Promise<void> {
  const before = JSON.parse(await readFile(join(root, recordedPath), 'utf8')) as Recorded;
  const now = { ...before, ...news, catches: merged(before.catches, news.catches ?? []) };
  await writeFile(join(root, recordedPath), `${JSON.stringify(now, undefined, 2)}\n`);
  const page = await readFile(join(root, pagePath), 'utf8');
  await writeFile(join(root, pagePath), fillPage(page, now));
}

/** Of those that were not tried now, what was recorded stands. */
function merged(before: readonly Catch[], news: readonly Catch[]): readonly Catch[] {
  const all = new Map([...before, ...news].map((one) => [one.name, one]));
  return plantedBugs.flatMap(({ name }) => all.get(name) ?? []);
}
