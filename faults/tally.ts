// Counts of what was done, by kind of fault. What the table prints, and what a scene has to reach.

export const faultKinds = [
  'kill',
  'stop',
  'cut',
  'half-open',
  'stall',
  'flap',
  'broker',
  'member',
  'uplink',
  'damage',
  'full disk',
  'power cut',
  'driver',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Counts = Readonly<Partial<Record<FaultKind, number>>>;

export interface Tally {
  add(kind: FaultKind, count?: number): void;
  counts(): Counts;
}

export function createTally(): Tally {
  const counts = new Map<FaultKind, number>();
  return {
    add: (kind, count = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + count),
    counts: () => Object.fromEntries(counts),
  };
}

/** What is missing, such as `kill: 12 of 150`. */
export function missing(counts: Counts, least: Counts): readonly string[] {
  return faultKinds
    .filter((kind) => (counts[kind] ?? 0) < (least[kind] ?? 0))
    .map((kind) => `${kind}: ${counts[kind] ?? 0} of ${least[kind] ?? 0}`);
}

export function sum(all: readonly Counts[]): Counts {
  const total = createTally();
  for (const counts of all)
    for (const kind of faultKinds) if (counts[kind] !== undefined) total.add(kind, counts[kind]);
  return total.counts();
}
