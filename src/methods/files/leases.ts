// Which runs hold which paths, from `prepare` to the end of the run.
//
// Job: keeps the end of a file where a run has found it, until the run has written there.
// From: Appends, and `file` for the time that it takes. To: PathLocks.
//
// 1. The runs of one batch share one lease; its paths are free again when the last of them is done.
// 2. A run that is to be tried again keeps its lease, or another would write where its mark says that it is to write.
// 3. A sender that gives two messages in two lanes one id has two runs of one key at the same time. Each has its own lease: what one of them holds
//    would otherwise never be free again, be it the file of errors of all nodes.
import { laneOf } from '../../model/lane.ts';
import type { RunKey, RunRequest } from '../run.ts';
import { PathLocks } from './path-locks.ts';
import type { Targets } from './targets.ts';

/** Of all runs under way no other has it: those of one lane and one way come one after the other. It ends with the key. */
type Holder = string;

export function holderOf({ key, message }: Pick<RunRequest, 'key' | 'message'>): Holder {
  return [laneOf(message), ...(message.via ?? []), key].join(' ');
}

interface Lease {
  readonly holders: Set<Holder>;
  readonly free: () => void;
}

/** A run and the files it is going to write. */
export type Claim = readonly [holder: Holder, targets: Targets];

export class Leases {
  readonly #locks = new PathLocks();
  readonly #held = new Map<Holder, { readonly lease: Lease; readonly targets: Targets }>();

  /** The files that a run holds, if it does. */
  of(holder: Holder): Targets | undefined {
    return this.#held.get(holder)?.targets;
  }

  /** Resolves once the runs hold all their files. */
  async take(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    const paths = claims.flatMap(([, { stdout, stderr }]) => [
      stdout.path,
      ...(stderr === undefined ? [] : [stderr.path]),
    ]);
    const lease = { holders: new Set(claims.map(([holder]) => holder)), free: await this.#locks.hold(paths) };
    for (const [holder, targets] of claims) this.#held.set(holder, { lease, targets });
  }

  done(holder: Holder): void {
    const lease = this.#held.get(holder)?.lease;
    if (lease === undefined) return;
    this.#held.delete(holder);
    lease.holders.delete(holder);
    if (lease.holders.size === 0) lease.free();
  }

  /** Whatever runs of this key hold. */
  release(run: RunKey): void {
    for (const holder of this.#held.keys()) if (holder.endsWith(` ${run}`)) this.done(holder);
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
