// Which runs hold which paths, from `prepare` to the end of the run.
//
// Job: keeps the end of a file where a run has found it, until the run has written there.
// From: Appends, and `file` for the time that it takes. To: PathLocks.
//
// 1. The runs of one batch share one lease; its paths are free again when the last of them is done.
// 2. A run that is to be tried again keeps its lease, or another would write where its mark says that it is to write.
import type { RunKey } from '../run.ts';
import { PathLocks } from './path-locks.ts';
import type { Targets } from './targets.ts';

interface Lease {
  readonly runs: Set<RunKey>;
  readonly free: () => void;
}

/** A run and the files it is going to write. */
export type Claim = readonly [run: RunKey, targets: Targets];

export class Leases {
  readonly #locks = new PathLocks();
  readonly #held = new Map<RunKey, { readonly lease: Lease; readonly targets: Targets }>();

  /** The files that a run holds, if it does. */
  of(run: RunKey): Targets | undefined {
    return this.#held.get(run)?.targets;
  }

  /** Resolves once the runs hold all their files. */
  async take(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    const paths = claims.flatMap(([, { stdout, stderr }]) => [
      stdout.path,
      ...(stderr === undefined ? [] : [stderr.path]),
    ]);
    const lease = { runs: new Set(claims.map(([run]) => run)), free: await this.#locks.hold(paths) };
    for (const [run, targets] of claims) this.#held.set(run, { lease, targets });
  }

  done(run: RunKey): void {
    const lease = this.#held.get(run)?.lease;
    if (lease === undefined) return;
    this.#held.delete(run);
    lease.runs.delete(run);
    if (lease.runs.size === 0) lease.free();
  }

  /** Holds paths for the time of one action. */
  async during<Value>(paths: readonly string[], action: () => Promise<Value>): Promise<Value> {
    const free = await this.#locks.hold(paths);
    try {
      return await action();
    } finally {
      free();
    }
  }
}
