// A row of the benchmark: one thing that is measured, in a lab of its own, with one or more figures.
import type { Figure } from '../figure.ts';
import type { Lab } from '../lab/open-lab.ts';
import type { Limits } from '../limits/measure-limits.ts';

export interface Bench {
  readonly lab: Lab;
  readonly limits: Limits;
  /** As many as are asked for, or a tenth of them in a quick run. */
  readonly scale: (count: number) => number;
  /** For a row that takes long. */
  readonly say: (text: string) => void;
}

export interface Row {
  /** What `--only` takes. */
  readonly name: string;
  /** Left out unless `--only` names it. */
  readonly onlyByName?: true;
  readonly measure: (bench: Bench) => Promise<readonly Figure[]>;
}
