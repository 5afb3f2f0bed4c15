// Puts a planted bug into a source text.
import type { PlantedBug } from './bugs.ts';

/** Throws if what it replaces does not stand there exactly once. */
export function applyBug(bug: PlantedBug, source: string): string {
  const parts = source.split(bug.find);
  if (parts.length !== 2)
    throw new Error(`planted bug ${bug.name}: its text stands ${parts.length - 1} times in ${bug.file}, not once`);
  return parts.join(bug.put);
}
