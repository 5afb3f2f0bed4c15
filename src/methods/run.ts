// The seam between the flow and the methods: what a run is given, and what it gives back.
import type { Message, MessageId, Outcome } from '../model/message.ts';

/** Names one run for as long as it lasts: `<sender>/<message id>`. */
export type RunKey = string;

export interface RunRequest {
  readonly key: RunKey;
  readonly message: Message;
  readonly body: Uint8Array;
  /** Where a file method begins to write, decided and made durable before it starts. Absent for all others. */
  readonly mark?: FileMark;
  /** How far an earlier run of `tailFile` or `syslog` had come. */
  readonly followed?: FollowMark;
  /** A command that may outlive its node, and that an earlier life of it has started: it is found, not started. */
  readonly resume?: true;
}

/** The offsets, in bytes, at which a `fileAppend` writes: the same at a second run, which is what makes it happen once. */
export interface FileMark {
  readonly stdout: number;
  readonly stderr: number;
}

/** How far a file has been followed: which file, as tail/identity.ts names it, and the byte that comes next. */
export interface TailMark {
  readonly file: string;
  readonly at: number;
  /** The last bytes before it, as base64: a file that has others there is not what it was. */
  readonly last: string;
}

/** The same of the journal: behind which entry it goes on; empty: at its beginning. */
export interface JournalMark {
  readonly cursor: string;
}

export type FollowMark = TailMark | JournalMark;

export interface RunResult {
  readonly outcome: Outcome;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /**
   * Set where nothing was done for want of something that may come back (a full or read-only disk, no free process):
   * the same run, with the same mark, may be tried again. Says what is missing; `outcome` is how it ends if nobody does.
   */
  readonly retry?: string;
  /** Its output lies in pieces already, for a message of this id (flow/keep-output). */
  readonly keptAs?: MessageId;
}

export interface RunOptions {
  /** Ends what is of kind `process` at once, a command with everything it has started; the reason becomes the outcome's. */
  readonly signal: AbortSignal;
  /**
   * Called once, before the result, when a command has lasted for some hundredths of a second, or is to be killed; where
   * there is no executor, when its process exists. Not called for one that ended before. What is recorded here finds the
   * process again after a crash; until then its mark does.
   */
  readonly onSpawned?: (process: ProcessIdentity) => void;
  /** For methods that stream: their output while it comes. Resolves when it is durable. */
  readonly onOutput?: OnOutput;
}

export interface OutputPart {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Takes parts of the output of a run that goes on, each of `partBytes` at most, with how far the run has come by them. */
export type OnOutput = (parts: readonly OutputPart[], mark?: FollowMark) => Promise<Pace>;

/**
 * How the run is to go on, when its parts are durable. behind: what came before them still waits, so that more at a time may come · full: as much waits as
 * may; no part is to be handed over until an empty list is answered otherwise, unless the run ends.
 */
export type Pace = 'go on' | 'behind' | 'full';

/** Most bytes of a part: it travels with its message. */
export const partBytes = 32 * 1024;

/** Why a run is to end before it does so by itself, as the abort of its signal says it. */
export class RunStop {
  /** Of the outcome. */
  readonly reason: string;
  /** It is asked first, and has some time to end in order before it is killed. */
  readonly gently: boolean;

  constructor(reason: string, gently = false) {
    this.reason = reason;
    this.gently = gently;
  }
}

/** A process, for longer than its pid: pids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque, to be compared only: the start time, and the boot that it counts from. Empty where the system does not tell. */
  readonly startTime: string;
}
