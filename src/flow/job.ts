// What runs together as one: a message, or several that one step writes. A process of its own, under the subscriber of its lane.
import type { MessageId } from '../model/message.ts';
import type { Process } from './process.ts';
import type { Accepted, InLane } from './in-lane.ts';

/**
 * waiting: nothing of it is durable · starting: the commit that says that it has started is under way, or done · running: its method has it, or
 * has ended · resting: it waits for its next attempt · ended: the commit that says so is under way, or done.
 */
export type JobStage = 'waiting' | 'starting' | 'running' | 'resting' | 'ended';

export interface Job {
  readonly lane: InLane;
  accepted: readonly Accepted[];
  readonly process: Process;
  stage: JobStage;
  /** What there is to do with its results, once they are there: done again where it failed. */
  finish: (() => void) | undefined;
  /** Why its sender does not want it any more: it does not start, or start again. */
  cancel: string | undefined;
  /** Its method has ended for good: what came of it is kept. */
  hasResults: boolean;
  /** Of the message that is to carry its large output, of which some is written already. */
  outputId: MessageId | undefined;
  /** It failed, and its lane was stopped before that could be done again. */
  left: boolean;
  /** A reply that runs a command: its request has asked for it. */
  asked?: true;
}
