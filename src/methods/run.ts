// The seam between the flow and the methods: what a run is given, and what it gives back.
import type { Message, Outcome } from '../model/message.ts';

/** Names one run for as long as it lasts: `<sender>/<message id>`. */
export type RunKey = string;

export interface RunRequest {
  readonly key: RunKey;
  readonly message: Message;
  readonly body: Uint8Array;
  /** Where a file method begins to write, decided and made durable before it starts. Absent for all others. */
  readonly mark?: FileMark;
}

/** The offsets, in bytes, at which a `fileAppend` writes: the same at a second run, which is what makes it happen once. */
export interface FileMark {
  readonly stdout: number;
  readonly stderr: number;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}
