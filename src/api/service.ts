// What the API needs of a node. The composition root provides it; the API's tests bring their own.
import type { ErrorList, ErrorsWanted, ErrorView } from '../contract/error-view.ts';
import type { MessageEvent } from '../contract/message-event.ts';
import type { MessagesInState, MessageView } from '../contract/message-view.ts';
import type { Counts, Info, NodeView } from '../contract/node-views.ts';
import type { ResendWish, Retried, RetryWish } from '../contract/send-again.ts';
import type { CancelledCounts, CancelWish, Queue, WaitingFilter } from '../contract/queue.ts';
import type { KeepWish } from '../contract/inputs.ts';
import type { ScheduleWish } from '../contract/schedules.ts';
import type { ListedSchedules } from '../model/schedule-row.ts';
import type { LastAnswers, OpenSubmission, Preview, SubmissionProgress, Submitted } from '../contract/submission.ts';
import type { MessageId, Outcome } from '../model/message.ts';
import type { ProcessRow } from '../model/process-row.ts';
import type { NodeName } from '../model/node-name.ts';
import type { MessageState } from '../model/state.ts';

export interface Submission {
  /** A message file, JSON or YAML, as it was written. */
  readonly bytes: Uint8Array;
  /** Which intake it came through, for the log. */
  readonly source?: string;
}

export interface Output {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly outcome: Outcome;
}

export interface LogQuestion {
  /** Wall time in ms. */
  readonly since?: number;
  /** As sender or receiver. */
  readonly node?: NodeName;
  readonly id?: MessageId;
  readonly follow: boolean;
}

/** What is to be the standard input of a command, and too large to be said in its message: it is kept here, as `input:ID` of this node. */
export interface InputService {
  /** Adds to it at `at`, its end, and answers its length. */
  addInput(of: { readonly id: MessageId; readonly at: number; readonly bytes: Uint8Array }): Promise<{ bytes: number }>;
  /** It is whole, and durable; the same is kept under other ids, too. */
  keepInput(id: MessageId, wish: KeepWish): Promise<object>;
  dropInput(id: MessageId): Promise<object>;
}

/** Every method may throw a StewardError, which the API answers with its code and status. */
export interface NodeService extends InputService {
  /** Resolves once every message is durable (I1). Throws `invalid-message` with its place, and has then taken nothing. */
  submit(submission: Submission): Promise<Submitted>;
  /** Who it would go to. Throws what `submit` would, but for what keeps the node from taking it. */
  preview(submission: Submission): Promise<Preview>;
  /** Of messages like those of the submission, which is not taken, to the same nodes: the newest that succeeded. Throws as `preview`, and `invalid-usage` for more than one message. */
  lastAnswers(submission: Submission): Promise<LastAnswers>;
  /** Of the submission that this message belongs to; undefined: this node did not send such a message. */
  submissionOf(id: MessageId): Promise<SubmissionProgress | undefined>;
  /** Those that also go to nodes that appear, the oldest first. */
  openSubmissions(): Promise<readonly OpenSubmission[]>;
  /** The newest ones, at most `maxListedMessages`. */
  inState(state: MessageState): Promise<MessagesInState>;
  /** Undefined: this node did not send such a message. */
  message(id: MessageId): Promise<MessageView | undefined>;
  /** Those of the messages that exist, in any order. */
  messages(ids: readonly MessageId[]): Promise<readonly MessageView[]>;
  /** Undefined: there is no such message, or it has not ended with an outcome. */
  output(id: MessageId): Promise<Output | undefined>;
  /** Of output that comes in parts: a piece from this byte on, whether its method has ended or not. Undefined: it does not come in parts. */
  streamedOutput(of: { id: MessageId; stream: 'stdout' | 'stderr'; from: number }): Promise<Uint8Array | undefined>;
  /** Submits a message of this node once more, as a new one. */
  resend(id: MessageId, wish: ResendWish): Promise<Submitted>;
  /** The same with those of its submission that failed or were not reached. */
  retry(id: MessageId, wish: RetryWish): Promise<Retried>;
  /** What waits to be delivered. */
  queue(wanted: WaitingFilter): Promise<Queue>;
  /** Resolves when it is durable: what the nodes say that are asked shows in the messages. */
  cancel(wish: CancelWish): Promise<CancelledCounts>;
  /** The log of all messages, line by line, until its end or the signal; with none now and then while nothing happens. */
  log(question: LogQuestion, signal: AbortSignal): AsyncIterable<readonly string[]>;
  counts(): Promise<Counts>;
  nodes(): Promise<readonly NodeView[]>;
  processes(): readonly ProcessRow[];
  /** Those that are named, or all, when what is wished has been done. */
  schedules(wish: ScheduleWish): Promise<ListedSchedules>;
  /** The newest ones, at most `maxListedErrors`. */
  errors(wanted: ErrorsWanted): Promise<ErrorList>;
  /** Those that have changed since the change of this number, in that order, at most `limit`. */
  changedErrors(
    wanted: ErrorsWanted & { readonly after: number; readonly limit: number },
  ): Promise<readonly ErrorView[]>;
  info(): Info;
  /**
   * Reports every change from now on, after the change can be read; the answer ends it.
   * The listener does not throw and does not take long.
   */
  watch(listener: (event: MessageEvent) => void): () => void;
}
