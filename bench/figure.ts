// A figure of the benchmark: what was measured, what it should be, and the raw limit that it is held against.

export type Unit = 'ms' | 's' | '/s' | '/min' | 'MB' | 'kB/min' | 'MB/s' | '×' | '%';

/** What the machine can do at best, measured in the same run. */
export interface Limit {
  readonly name: string;
  readonly value: number;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  /** In the unit of the figure. */
  readonly limit?: Limit;
}

/** Undefined: there is no goal. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

/** The value below which this share of the samples lies. Throws where there is none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
