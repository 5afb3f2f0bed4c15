// The typed client of a node's API. It keeps nothing open but what follow() holds.
import type * as v from 'valibot';
import { systemClock, systemTimers, type Clock, type Timers } from '../base/clock.ts';
import { maxFollowedIds, maxSubmissionBytes } from '../contract/api-socket.ts';
import { decode } from '../base/decode.ts';
import {
  errorListSchema,
  errorsQuery,
  type ErrorList,
  type ErrorsWanted,
  type ErrorView,
} from '../contract/error-view.ts';
import {
  messagesInStateSchema,
  messageViewSchema,
  type MessagesInState,
  type MessageView,
} from '../contract/message-view.ts';
import {
  countsSchema,
  infoSchema,
  nodeViewsSchema,
  type Counts,
  type Info,
  type NodeView,
} from '../contract/node-views.ts';
import { processRowsSchema, type ProcessRows } from '../contract/process-rows.ts';
import type { LogLine } from '../contract/log-line.ts';
import { retriedSchema, type ResendWish, type Retried, type RetryWish } from '../contract/send-again.ts';
import {
  cancelledSchema,
  queueSchema,
  type CancelledCounts,
  type CancelWish,
  type Queue,
  type WaitingFilter,
} from '../contract/queue.ts';
import { inputLengthSchema, type KeepWish } from '../contract/inputs.ts';
import { schedulesSchema, type SchedulesView, type ScheduleWish } from '../contract/schedules.ts';
import {
  openSubmissionsSchema,
  lastAnswersSchema,
  previewSchema,
  submissionStateSchema,
  submittedSchema,
  type OpenSubmission,
  type LastAnswers,
  type Preview,
  type SubmissionProgress,
  type Submitted,
} from '../contract/submission.ts';
import { StewardError } from '../model/error.ts';
import { isMessageId, messageIdHint } from '../model/id.ts';
import type { MessageState } from '../model/state.ts';
import { notUnderstood, openExchange, readAnswer, type Call } from './exchange.ts';
import { fewAtOnce } from './few-at-once.ts';
import { followErrors } from './follow-errors.ts';
import { follow, type FollowOptions } from './follow.ts';
import { readLog, type LogQuestion } from './read-log.ts';

/** Every method throws the StewardError that the node answered with, or `not-running`. */
export interface Client {
  /** Resolves once the messages are durable. Throws `invalid-message` with its place, and `too-large` before sending anything. */
  submit(bytes: Uint8Array): Promise<Submitted>;
  /** Who the messages would go to: nothing is sent. Throws what `submit` does. */
  preview(bytes: Uint8Array): Promise<Preview>;
  lastAnswers(bytes: Uint8Array): Promise<LastAnswers>;
  message(id: string): Promise<MessageView>;
  /** Of the whole submission that the message belongs to. */
  submissionOf(id: string): Promise<SubmissionProgress>;
  /** Those that also go to nodes that appear. */
  openSubmissions(): Promise<readonly OpenSubmission[]>;
  /** The newest messages in the state. */
  inState(state: MessageState): Promise<MessagesInState>;
  /** From a byte on. Throws `not-finished` before the message has ended; of output that comes in parts, what is there of it, at most 1 MiB. */
  output(id: string, stream: 'stdout' | 'stderr', from?: number): Promise<Uint8Array>;
  /** Submits the message once more, and answers its new id. Throws `not-found`, and `not-kept` where its data are gone. */
  resend(id: string, wish: ResendWish): Promise<Submitted>;
  /** The same with those of its submission that failed or were not reached. */
  retry(id: string, wish: RetryWish): Promise<Retried>;
  /** What waits on the node, the first of it. */
  queue(wanted: WaitingFilter): Promise<Queue>;
  /** Resolves when the wish is durable. Throws `invalid-usage`. */
  cancel(wish: CancelWish): Promise<CancelledCounts>;
  /** The log of all messages of the node, from its oldest line on. */
  log(question: LogQuestion, signal: AbortSignal): AsyncGenerator<LogLine>;
  /** A piece of what is to be the input of a command, at its end; of any id that `createIdSource` makes. */
  addInput(id: string, at: number, bytes: Uint8Array): Promise<void>;
  /** It is whole. */
  keepInput(id: string, wish: KeepWish): Promise<void>;
  dropInput(id: string): Promise<void>;
  counts(): Promise<Counts>;
  nodes(): Promise<readonly NodeView[]>;
  processes(): Promise<ProcessRows>;
  /** Those of the node that are named, or all, when what is wished has been done. Throws `invalid-usage`. */
  schedules(wish: ScheduleWish): Promise<SchedulesView>;
  /** The newest ones. */
  errors(wanted: ErrorsWanted): Promise<ErrorList>;
  /** Each error that comes, or comes again, after that change, across restarts of the node. */
  followErrors(
    wanted: ErrorsWanted & { readonly after: number },
    options: Pick<FollowOptions, 'signal' | 'onAway'>,
  ): AsyncGenerator<ErrorView>;
  info(): Promise<Info>;
  /** Each message as it is, then again after each change, across restarts of the node, until the caller has read enough. */
  follow(ids: readonly string[], options: Pick<FollowOptions, 'signal' | 'onAway'>): AsyncGenerator<MessageView>;
}

export interface ClientOptions {
  /** The API's socket. */
  readonly socketPath: string;
  readonly clock?: Clock;
  readonly timers?: Timers;
}

/** A node takes a few hundred connections, of everybody together, and closes what comes beyond. */
const mostExchanges = 32;

export function createClient({ socketPath, clock = systemClock, timers = systemTimers }: ClientOptions): Client {
  const turn = fewAtOnce(mostExchanges);
  const fetch = (call: Call): Promise<Buffer> =>
    turn(async () => readAnswer(socketPath, await openExchange(socketPath, call)));
  const get = <const Schema extends v.GenericSchema>(schema: Schema, path: string): Promise<v.InferOutput<Schema>> =>
    fetch({ method: 'GET', path }).then((bytes) => understand(schema, bytes));
  const post = async <const Schema extends v.GenericSchema>(
    schema: Schema,
    { path, body }: { readonly path: string; readonly body: object },
  ): Promise<v.InferOutput<Schema>> =>
    understand(schema, await fetch({ method: 'POST', path, body: JSON.stringify(body) }));
  return {
    async submit(bytes) {
      refuseTooLarge(bytes);
      return understand(submittedSchema, await fetch({ method: 'POST', path: '/v1/messages', body: bytes }));
    },
    async preview(bytes) {
      refuseTooLarge(bytes);
      return understand(previewSchema, await fetch({ method: 'POST', path: '/v1/messages?dryRun=1', body: bytes }));
    },
    async lastAnswers(bytes) {
      refuseTooLarge(bytes);
      return understand(lastAnswersSchema, await fetch({ method: 'POST', path: '/v1/messages?cached=1', body: bytes }));
    },
    inState: (state) => get(messagesInStateSchema, `/v1/messages?state=${state}`),
    message: async (id) => get(messageViewSchema, messagePath(id)),
    submissionOf: async (id) => get(submissionStateSchema, `${messagePath(id)}/submission`),
    openSubmissions: () => get(openSubmissionsSchema, '/v1/submissions'),
    output: async (id, stream, from = 0) =>
      fetch({ method: 'GET', path: `${messagePath(id)}/output?stream=${stream}&from=${from}` }),
    resend: async (id, wish) => post(submittedSchema, { path: `${messagePath(id)}/resend`, body: wish }),
    retry: async (id, wish) => post(retriedSchema, { path: `${messagePath(id)}/retry`, body: wish }),
    queue: ({ to, lane, before }) => {
      const query = Object.entries({ to, lane, before }).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
      );
      return get(queueSchema, `/v1/queue?${query.join('&')}`);
    },
    cancel: (wish) => post(cancelledSchema, { path: '/v1/cancel', body: wish }),
    log: (question, signal) => readLog(socketPath, question, signal),
    async addInput(id, at, bytes) {
      const path = `/v1/inputs/${id}?at=${at}`;
      const { bytes: length } = understand(inputLengthSchema, await fetch({ method: 'POST', path, body: bytes }));
      if (length !== at + bytes.length)
        throw notUnderstood(`${length} bytes of an input that has ${at + bytes.length}`);
    },
    keepInput: async (id, wish) =>
      void (await fetch({ method: 'POST', path: `/v1/inputs/${id}/keep`, body: JSON.stringify(wish) })),
    dropInput: async (id) => void (await fetch({ method: 'POST', path: `/v1/inputs/${id}/drop`, body: '{}' })),
    counts: () => get(countsSchema, '/v1/counts'),
    nodes: () => get(nodeViewsSchema, '/v1/nodes'),
    processes: () => get(processRowsSchema, '/v1/processes'),
    schedules: (wish) => post(schedulesSchema, { path: '/v1/schedules', body: wish }),
    errors: (wanted) => get(errorListSchema, `/v1/errors?${errorsQuery(wanted)}`),
    followErrors: (wanted, options) => followErrors(wanted, { socketPath, clock, timers, ...options }),
    info: () => get(infoSchema, '/v1/info'),
    follow(ids, options) {
      if (ids.length > maxFollowedIds) {
        throw new StewardError(
          'too-large',
          `at most ${maxFollowedIds} messages are followed at a time, not ${ids.length}`,
          {
            hint: 'they are on their way; "steward status" counts them',
          },
        );
      }
      return follow(ids, { socketPath, clock, timers, ...options });
    },
  };
}

function refuseTooLarge(bytes: Uint8Array): void {
  if (bytes.length <= maxSubmissionBytes) return;
  throw new StewardError('too-large', `the submission has more than ${maxSubmissionBytes} bytes`, {
    hint: 'send it in several parts',
  });
}

function understand<const Schema extends v.GenericSchema>(schema: Schema, bytes: Buffer): v.InferOutput<Schema> {
  const value = decode(schema, bytes.toString());
  if (value === undefined) throw notUnderstood('it has another form than this version knows');
  return value;
}

/** An id as a person typed it. Refused here, because as part of a path it could be another address. */
function messagePath(id: string): string {
  if (isMessageId(id)) return `/v1/messages/${id}`;
  throw new StewardError('invalid-usage', `"${id.slice(0, 40)}" is no message id`, {
    hint: messageIdHint,
  });
}
