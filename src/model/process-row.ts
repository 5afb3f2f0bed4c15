// A line of the process list, as data.
import type { MessageId } from './message.ts';

/** publisher: sends the messages of a lane · subscriber: accepts them and has them run · run: one that runs, or several that one step writes. */
export type ProcessKind = 'publisher' | 'subscriber' | 'run';

export interface ProcessRow {
  /** Unique on its node: `subscriber central cliCommand`. */
  readonly process: string;
  readonly kind: ProcessKind;
  /** The other node of the lane; `*`: of all of them. */
  readonly node: string;
  readonly lane: string;
  /** Of a run: its message, or the first of them. */
  readonly id?: MessageId;
  /** running: it has work under way · waiting: for what `waiting` says · idle: nothing waits · stopped: until it is started again. */
  readonly state: 'running' | 'waiting' | 'idle' | 'stopped';
  readonly waiting?: string;
  /** Wall ms. */
  readonly since: number;
  readonly restarts: number;
  /** Messages in memory that wait for it; `more`: there are others on the disk. */
  readonly mailbox: number;
  readonly more: boolean;
  readonly lastError?: { readonly at: number; readonly text: string };
}
