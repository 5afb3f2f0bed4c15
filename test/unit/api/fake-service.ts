// A node for the tests of the API, the client and the command line: messages live in a map and change when a test says so.
import type { ErrorsWanted, ErrorView } from '../../../src/contract/error-view.ts';
import type { MessageEvent } from '../../../src/contract/message-event.ts';
import type { MessageView } from '../../../src/contract/message-view.ts';
import type { Counts, NodeView } from '../../../src/contract/node-views.ts';
import type { NodeService, Output, Submission } from '../../../src/api/service.ts';
import { StewardError } from '../../../src/model/error.ts';
import { messageStates, type MessageState } from '../../../src/model/state.ts';

export interface FakeService extends NodeService {
  readonly submissions: Submission[];
  readonly views: Map<string, MessageView>;
  readonly outputs: Map<string, Output>;
  readonly listeners: ReadonlySet<(event: MessageEvent) => void>;
  nodeViews: readonly NodeView[];
  /** In the order of their changes. */
  errorViews: readonly ErrorView[];
  /** Puts an error in the place of one with the same text, and tells the watchers. */
  reported(error: ErrorView): void;
  /** Replaces what submit() does with a submission, for errors and for messages that end at once. */
  onSubmit: (submission: Submission) => readonly string[];
  /** Sets a message and tells the watchers. */
  change(view: MessageView): void;
}

/** Ids of 20 characters: `id(7)` is `00000000000000000007`. */
export function id(number: number): string {
  return String(number).padStart(20, '0');
}

export function viewOf(change: Partial<MessageView> & { id: string }): MessageView {
  return {
    submission: change.id,
    from: 'central',
    to: 'ship1',
    method: 'cliCommand',
    args: ['true'],
    state: 'queued',
    queuedAt: 1000,
    history: [{ at: 1000, state: 'queued' }],
    ...change,
  };
}

export function succeeded(change: Partial<MessageView> & { id: string }): MessageView {
  const outcome = { state: 'succeeded', exitCode: 0, durationMs: 12, stdoutBytes: 0, stderrBytes: 0 } as const;
  return viewOf({ state: 'succeeded', endedAt: 2000, outcome, ...change });
}

export function createFakeService(): FakeService {
  const listeners = new Set<(event: MessageEvent) => void>();
  const service: FakeService = {
    submissions: [],
    views: new Map(),
    outputs: new Map(),
    listeners,
    nodeViews: [],
    errorViews: [],
    onSubmit: () => [id(1)],
    addInput: ({ at, bytes }) => Promise.resolve({ bytes: at + bytes.length }),
    keepInput: () => Promise.resolve({}),
    dropInput: () => Promise.resolve({}),
    change(view) {
      service.views.set(view.id, view);
      for (const listener of listeners) listener({ type: 'state', id: view.id, state: view.state, at: 1 });
    },
    queue: (wanted) =>
      Promise.resolve({
        lanes: [
          {
            to: wanted.to ?? 'ship1',
            lane: wanted.lane ?? 'ping',
            messages: 1,
            bytes: 10,
            oldestAt: wanted.before ?? 1,
          },
        ],
        messages: [{ ...viewOf({ id: id(1) }), lane: 'ping', bytes: 10, expiresAt: 5000 }],
        more: false,
      }),
    cancel: ({ ids, to }) => Promise.resolve({ cancelled: ids?.length ?? 0, asked: to === undefined ? 0 : 1 }),
    streamedOutput: () => Promise.resolve(undefined),
    resend: (of, { to }) => Promise.resolve({ ids: [id(Number(of) + 1)], submission: to ?? 'as it was' }),
    retry: (of, { dryRun, unknown }) =>
      Promise.resolve({
        retried: [
          {
            id: of,
            to: 'ship1',
            state: unknown === true ? 'unknown' : 'failed',
            ...(dryRun === true ? {} : { newId: id(9) }),
          },
        ],
        left: { succeeded: 1 },
        ...(dryRun === true ? {} : { submission: id(9) }),
      }),
    async *log(question) {
      yield await Promise.resolve([JSON.stringify({ at: 1, what: 'dropped', lines: 1 }), JSON.stringify(question)]);
    },
    submit(submission) {
      service.submissions.push(submission);
      return Promise.resolve().then(() => {
        const ids = service.onSubmit(submission);
        return { ids: [...ids], submission: ids[0] ?? '' };
      });
    },
    preview: ({ bytes }) =>
      Promise.resolve({ messages: 1, nodes: [{ name: `of ${bytes.length} bytes`, presence: 'online', messages: 1 }] }),
    lastAnswers: () => Promise.resolve({ answers: [{ to: 'ship1' }] }),
    submissionOf: (asked) => {
      const view = service.views.get(asked);
      const counts = Object.fromEntries(messageStates.map((state) => [state, view?.state === state ? 1 : 0]));
      return Promise.resolve(
        view === undefined
          ? undefined
          : {
              submission: view.submission,
              counts: counts as Counts['counts'],
              missing: [view],
              unsuccessful: [],
              more: false,
            },
      );
    },
    openSubmissions: () => Promise.resolve([]),
    message: (asked) => Promise.resolve(service.views.get(asked)),
    messages: (ids) =>
      Promise.resolve(ids.map((asked) => service.views.get(asked)).filter((view) => view !== undefined)),
    inState: (state) =>
      Promise.resolve({
        messages: [...service.views.values()].filter((view) => view.state === state).reverse(),
        more: false,
      }),
    output: (asked) => Promise.resolve(service.outputs.get(asked)),
    counts: () => Promise.resolve({ counts: countStates(service.views.values()), waitingReplies: 0, failedReplies: 0 }),
    nodes: () => Promise.resolve(service.nodeViews),
    processes: () => [],
    schedules: () => Promise.resolve({ schedules: [], more: false }),
    errors: (wanted) =>
      Promise.resolve({
        errors: service.errorViews.filter((error) => isWanted(error, wanted)).sort((a, b) => b.changed - a.changed),
        more: false,
      }),
    changedErrors: ({ after, limit, ...wanted }) =>
      Promise.resolve(
        service.errorViews.filter((error) => error.changed > after && isWanted(error, wanted)).slice(0, limit),
      ),
    reported(error) {
      service.errorViews = [...service.errorViews.filter(({ text }) => text !== error.text), error];
      for (const listener of listeners) listener({ type: 'errors' });
    },
    info: () => ({
      node: 'central',
      version: '0.0.0',
      pid: 1,
      startedAt: 1000,
      link: { state: 'up', broker: 'nats://127.0.0.1:4222', since: 1000 },
      central: 'central',
      store: { state: 'ok' },
    }),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return service;
}

function isWanted(error: ErrorView, { node, code, since }: ErrorsWanted): boolean {
  if (node !== undefined && error.node !== node) return false;
  if (code !== undefined && error.code !== code) return false;
  return since === undefined || error.lastAt >= since;
}

function countStates(views: Iterable<MessageView>): Record<MessageState, number> {
  const counts = Object.fromEntries(messageStates.map((state) => [state, 0])) as Record<MessageState, number>;
  for (const { state } of views) counts[state] += 1;
  return counts;
}

export function refusal(): never {
  throw new StewardError('invalid-message', 'there is no method "cliComand"', {
    hint: 'cliCommand',
    place: { line: 3, column: 5, field: 'method' },
  });
}
