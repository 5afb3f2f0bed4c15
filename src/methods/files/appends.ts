// The methods that append to files, exactly once, also across a crash: `fileAppend`, `hello`, `pong` and `errorLog`.
//
// Job: two steps. `prepare` finds out where each run will write and keeps that place; the flow makes these marks durable;
//      `runBatch` writes there. A run that is done again, with its mark, writes the same bytes to the same place.
// From: the flow, through createMethods. To: files below the data folder.
//
// 1. From `prepare` to the end of its run a run holds its files, so nobody else writes where its mark points.
// 2. The same run with the same mark leaves the same file, however often it is done, and takes nothing away that came after it.
// 3. A run that succeeded is durable: its bytes, and the names of what is new.
// 4. After a restart the runs that have a mark and no outcome hold their files again (`adopt`) before any other is prepared.
// 5. A batch with a result that says `retry` keeps all its files, to be run again as a whole; every other lets go of them.
import type { Clock, Timers } from '../../base/clock.ts';
import { failed, succeeded } from '../result.ts';
import type { FileMark, RunKey, RunRequest, RunResult } from '../run.ts';
import { startSpan } from '../span.ts';
import { type FileFailure, describeFileError } from './disk-error.ts';
import { holderOf, type Claim, type Leases } from './leases.ts';
import type { NearDisk } from './near-disk.ts';
import type { OpenFile } from './open-inside.ts';
import type { Target } from './resolve-target.ts';
import { setAsideIfFull } from './set-aside.ts';
import { type TargetCache, type Targets, findTargets, partsToWrite } from './targets.ts';
import { type RunWrite, endOfFile, writeBatch } from './write-batch.ts';

/** A mark, to be made durable before the run; or how the run ended, because it cannot write. */
export type Prepared = { readonly mark: FileMark } | { readonly result: RunResult };

export interface FileOptions {
  readonly dataFolder: string;
  readonly nearDisk: NearDisk;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly leases: Leases;
  readonly open: OpenFile;
  /** At this length the file of errors is set aside. */
  readonly errorLogBytes: number;
}

type Failures = Map<RunKey, FileFailure>;

export class Appends {
  readonly #options: FileOptions;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  /** One answer for each request, in their order. Waits while another run holds one of the files. Never rejects. */
  async prepare(requests: readonly RunRequest[]): Promise<readonly Prepared[]> {
    const span = startSpan(this.#options.clock);
    const { marks, failures } = await this.#mark(requests);
    return requests.map(({ key }) => {
      const mark = marks.get(key);
      return mark === undefined ? { result: failed(span(), failures.get(key) ?? lost) } : { mark };
    });
  }

  /** At a start, before anything is prepared: the runs that have a mark and will be run again. Never rejects. */
  async adopt(requests: readonly RunRequest[]): Promise<void> {
    await this.#claim(requests);
  }

  /** One result for each request, in their order. What was not prepared is prepared here. Never rejects. */
  async runBatch(requests: readonly RunRequest[]): Promise<readonly RunResult[]> {
    const span = startSpan(this.#options.clock);
    const { leases } = this.#options;
    const { marks, failures } = await this.#mark(requests.filter(({ mark }) => mark === undefined));
    const marked = requests.filter(({ mark }) => mark !== undefined);
    const areHeld = marked.every((request) => leases.of(holderOf(request)) !== undefined);
    // All of them: one alone would wait for a file that the others hold.
    if (!areHeld) for (const [key, failure] of await this.#claim(marked)) failures.set(key, failure);
    const writes: RunWrite[] = [];
    for (const request of requests) {
      try {
        writes.push(...this.#writesOf(request, request.mark ?? marks.get(request.key)));
      } catch (error) {
        // Marked by an earlier version of this node, which took a body that this one does not.
        failures.set(request.key, describeFileError(error));
      }
    }
    for (const [key, failure] of await writeBatch(writes, this.#options)) failures.set(key, failure);
    // Those of one batch share their files: while one of them is to be tried again, none lets go, or it would wait for itself.
    const again = [...failures.values()].some((failure) => failure.retry !== undefined);
    return requests.map((request) => {
      const failure = failures.get(request.key);
      if (!again) leases.done(holderOf(request));
      return failure === undefined ? succeeded(span()) : failed(span(), failure);
    });
  }

  #writesOf(request: RunRequest, mark: FileMark | undefined): readonly RunWrite[] {
    const targets = this.#options.leases.of(holderOf(request));
    if (targets === undefined || mark === undefined) return [];
    const { key } = request;
    const { stdout, stderr } = partsToWrite(request, this.#options.clock);
    const writes: RunWrite[] = [{ key, target: targets.stdout, offset: mark.stdout, bytes: stdout }];
    if (targets.stderr !== undefined) writes.push({ key, target: targets.stderr, offset: mark.stderr, bytes: stderr });
    return writes;
  }

  /** Takes the files and finds where each run will write: behind what is there, and behind the runs before it. */
  async #mark(
    requests: readonly RunRequest[],
  ): Promise<{ readonly marks: Map<RunKey, FileMark>; readonly failures: Failures }> {
    const failures = await this.#claim(requests);
    const marks = new Map<RunKey, FileMark>();
    const ends = new Map<string, number>();
    const { nearDisk, errorLogBytes } = this.#options;
    const look =
      ({ message }: RunRequest, target: Target) =>
      (): Promise<number> =>
        message.method === 'errorLog' ? setAsideIfFull(target, errorLogBytes) : endOfFile(target);
    const advance = async (request: RunRequest, target: Target, length: number): Promise<number> => {
      const end = ends.get(target.path) ?? (await nearDisk.reach(target.isNear, look(request, target)));
      ends.set(target.path, end + length);
      return end;
    };
    for (const request of requests) {
      const targets = this.#options.leases.of(holderOf(request));
      if (targets === undefined) continue;
      try {
        const { stdout, stderr } = partsToWrite(request, this.#options.clock);
        marks.set(request.key, {
          stdout: await advance(request, targets.stdout, stdout.length),
          stderr: targets.stderr === undefined ? 0 : await advance(request, targets.stderr, stderr.length),
        });
      } catch (error) {
        failures.set(request.key, describeFileError(error));
        this.#options.leases.done(holderOf(request));
      }
    }
    return { marks, failures };
  }

  /** Finds the files of the runs and holds them. Resolves with the runs that have none. */
  async #claim(requests: readonly RunRequest[]): Promise<Failures> {
    const cache: TargetCache = new Map();
    const failures: Failures = new Map();
    const claims: Claim[] = [];
    for (const request of requests) {
      // Held since an attempt that nobody ended: to wait for it would be to wait for oneself.
      this.#options.leases.done(holderOf(request));
      try {
        const targets: Targets = await findTargets(request, { ...this.#options, cache });
        claims.push([holderOf(request), targets]);
      } catch (error) {
        failures.set(request.key, describeFileError(error));
      }
    }
    await this.#options.leases.take(claims);
    return failures;
  }
}

/** Cannot happen: a run without a mark has its failure. */
const lost: FileFailure = { reason: 'the place to write to was not found' };
