// Damages the files of a store that nobody has open, as bad disks and interrupted copies do.
import { readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/base/random.ts';
import { pick } from '../agitate/agitator.ts';

const damages = ['cut', 'flip', 'blank'] as const;

/** Answers what it did, such as `3 bits of steward.db flipped`. */
export function damageStore(folder: string, random: Random): string {
  const files = readdirSync(folder).filter(
    (name) => /^steward\.db(-wal)?$/.test(name) && statSync(join(folder, name)).size > 0,
  );
  const name = pick(random, files);
  const file = join(folder, name);
  const { size } = statSync(file);
  const place = (): number => Math.floor(random.next() * size);
  switch (pick(random, damages)) {
    case 'cut': {
      const to = place();
      truncateSync(file, to);
      return `${name} cut from ${size} to ${to} bytes`;
    }
    case 'flip': {
      const bytes = readFileSync(file);
      const places = Array.from({ length: 1 + Math.floor(random.next() * 8) }, place);
      for (const at of places) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random.next() * 8));
      writeFileSync(file, bytes);
      return `${places.length} bits of ${name} flipped at ${places.join(' ')}`;
    }
    case 'blank': {
      const bytes = readFileSync(file);
      const at = Math.floor(place() / 512) * 512;
      bytes.fill(0, at, Math.min(size, at + 512 * (1 + Math.floor(random.next() * 8))));
      writeFileSync(file, bytes);
      return `${name} blanked from ${at} on`;
    }
  }
}
