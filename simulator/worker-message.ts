// What the pool and its workers say to each other.
import type { FaultKind } from './faults.ts';
import type { SeedResult } from './run-seed.ts';

export interface WorkOrder {
  readonly seeds: readonly number[];
  readonly nodes?: number | undefined;
  readonly only?: readonly FaultKind[] | undefined;
}

export type WorkDone = { readonly type: 'result'; readonly result: SeedResult } | { readonly type: 'want more' };
