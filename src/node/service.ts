// The node as its API sees it: intake through the flow, views from the store.
import type { InputService, NodeService } from '../api/service.ts';
import type { Clock, Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { inTurns, Turns } from '../base/turns.ts';
import { maxListedErrors, maxListedMessages } from '../contract/api-socket.ts';
import type { MessageEvent } from '../contract/message-event.ts';
import type { MessageView } from '../contract/message-view.ts';
import type { Info, NodeView } from '../contract/node-views.ts';
import type { LateJoinersView, Preview, Submitted } from '../contract/submission.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { Parsed } from '../intake/parse-message-file.ts';
import type { Notice } from '../flow/effect.ts';
import type { SubmitAnswer } from '../flow/event.ts';
import type { Flow } from '../flow/flow.ts';
import { StewardError } from '../model/error.ts';
import type { Draft, MessageId } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import { messageStates, type MessageState } from '../model/state.ts';
import type { Store } from '../store/open-store.ts';
import { newMessages, passingOn, refuseUnknownAfter, withAfter } from './awaited-messages.ts';
import { cancelMessages, readQueue } from './cancel-messages.ts';
import type { Engine } from './engine.ts';
import { errorView, filterOf } from './error-view.ts';
import type { KeptOutput } from './kept-output.ts';
import type { MessageHistory } from './message-history.ts';
import type { ToldMethods } from './own-methods/told-methods.ts';
import { openGroups, WrittenGroups } from './groups.ts';
import { lastAnswers } from './last-answers.ts';
import { LateJoiners } from './late-joiners.ts';
import { streamedOutput } from './streamed-output.ts';
import { standingView } from './standing.ts';
import { heardOf, nodeViews } from './node-views.ts';
import { messageViews } from './message-views.ts';
import { orderSchedules } from './order-schedules.ts';
import { readOutput } from './read-output.ts';
import { parseSubmission, type Taken } from './parse-submission.ts';
import { refuseManyBytes } from './refuse-many-bytes.ts';
import { messageEvent } from './message-event.ts';
import { PassedAnswers } from './passed-answers.ts';
import { resend, retry } from './send-again.ts';
import { collectGarbage, HeapTidier } from './tidy-heap.ts';
import { unheardOf } from './unheard.ts';

export interface ServiceParts {
  readonly node: string;
  readonly central: string;
  readonly flow: Flow;
  readonly engine: Engine;
  readonly store: Store;
  readonly history: MessageHistory;
  readonly defaults: DraftDefaults;
  readonly info: () => Info;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly warn: Log['warn'];
  /** Where groups of nodes are written. */
  readonly configFolder: string;
  /** What a path in a message counts from. */
  readonly workFolder: string;
  readonly keptOutput: KeptOutput;
  readonly told: ToldMethods;
}

export interface Service extends Omit<NodeService, keyof InputService> {
  /** To be called when the flow is ready: nodes that have appeared get what waits for them. */
  begin(): Promise<void>;
  close(): void;
  /** What the node gives itself. `beforehand` is called with its id before anything is submitted. Throws as `submit`. */
  submitOwn(draft: Draft, beforehand: (id: MessageId) => void): Promise<void>;
  publish(notice: Notice): void;
  /** Whether anybody follows what becomes of messages. */
  isWatched(): boolean;
}

export function createService(parts: ServiceParts): Service {
  const { node, flow, engine, store, history, told } = parts;
  const listeners = new Set<(event: MessageEvent) => void>();
  const tell = (event: MessageEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const passed = new PassedAnswers(parts);
  const heap = new HeapTidier({ timers: parts.timers, collect: collectGarbage });
  const outputOf = readOutput(store);
  const around = { node, store, presenceOf: (name: string, lane: string) => engine.presenceOf(name, lane) };
  const asViews = (records: readonly OutboxRecord[]): Promise<MessageView[]> =>
    messageViews(records, { ...around, linkUp: flow.isLinkUp() });
  const wallOf = (nodeTime: number): number => Math.round(parts.clock.wall() + nodeTime - flow.nodeTime());
  const viewsOf = async (ids: readonly string[]): Promise<readonly MessageView[]> =>
    asViews(await store.view({ view: 'messages', ids }));
  const turns = (): Turns => new Turns(parts.clock);
  const take = async (taken: Taken): Promise<Submitted> => {
    const { drafts, late = [], counts = [], warnings = [], beforehand } = taken;
    refuseManyBytes(drafts.reduce((sum, draft) => sum + draft.body.length, 0));
    await refuseUnknownAfter(store, drafts);
    const messages = withAfter(await inTurns(newMessages(flow, drafts), turns()), { drafts, counts });
    const all = [...messages, ...passingOn(flow, drafts, messages)];
    if (all.length > messages.length) passed.sent();
    const standing = lateJoiners.standing({ drafts, late, counts, warnings }, messages);
    beforehand?.(messages[0]?.message.id ?? '');
    const answer = await new Promise<SubmitAnswer>((resolve) =>
      engine.handle({ type: 'submit', messages: all, ...standing?.of, answer: resolve }),
    );
    if (answer.type === 'refused') {
      standing?.refused();
      throw new StewardError(answer.code, `nothing was accepted: ${answer.reason}`, { hint: answer.hint });
    }
    standing?.opened();
    heap.took(all.length);
    return {
      ids: answer.ids.slice(0, messages.length),
      submission: standing?.of.submission ?? answer.ids[0] ?? '',
      ...lateJoinersOf(late, parts.clock),
      ...unheardOf(drafts, parts),
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    };
  };
  const groups = { configFolder: parts.configFolder, heardOf: () => heardOf(flow, node) };
  const parse = (bytes: Uint8Array): Promise<Parsed> =>
    parseSubmission(bytes, {
      defaults: { ...parts.defaults, node, membersOf: openGroups(groups), ownMethodsOf: told.of },
      folder: parts.workFolder,
      timers: parts.timers,
      turns,
    });
  const lateJoiners = new LateJoiners({ ...parts, groups: new WrittenGroups({ ...groups, warn: parts.warn }) });
  const again = { node, store, history, take: (drafts: readonly Draft[]) => take({ drafts }) };
  return {
    begin: async () => {
      await passed.begin();
      await lateJoiners.begin();
    },
    close() {
      parts.keptOutput.close();
      lateJoiners.close();
      heap.close();
    },
    submit: async ({ bytes }) => take(await parse(bytes)),
    submitOwn: async (draft, beforehand) => void (await take({ drafts: [draft], beforehand })),
    async preview({ bytes }) {
      const parsed = await parse(bytes);
      lateJoiners.refuse(parsed);
      await refuseUnknownAfter(store, parsed.drafts);
      return previewOf(parsed, { flow, clock: parts.clock });
    },
    lastAnswers: async ({ bytes }) => lastAnswers(await parse(bytes), { store, node, asViews }),
    async submissionOf(id) {
      const found = await store.view({ view: 'submission-state', id, limit: maxListedMessages + 1 });
      if (found === undefined) return undefined;
      const { submission, states, open, unsuccessful, standing } = found;
      const first = (records: readonly OutboxRecord[]): Promise<MessageView[]> =>
        asViews(records.slice(0, maxListedMessages));
      return {
        submission,
        counts: byState(states),
        missing: await first(open),
        unsuccessful: await first(unsuccessful),
        more: Math.max(open.length, unsuccessful.length) > maxListedMessages,
        ...(standing === undefined ? {} : { lateJoiners: standingView(standing, { now: flow.nodeTime(), wallOf }) }),
      };
    },
    async openSubmissions() {
      const rows = await store.view({ view: 'open-standings' });
      const views = rows.map(({ id, at, ...row }) => ({
        submission: id,
        at,
        ...standingView({ id, at, ...row }, { now: flow.nodeTime(), wallOf }),
      }));
      return views.filter(({ open }) => open);
    },
    resend: (id, wish) => resend(again, id, wish),
    retry: (id, wish) => retry(again, id, wish),
    queue: (wanted) => readQueue({ store, asViews, wallOf }, wanted),
    cancel: (wish) => cancelMessages({ node, engine, store, endStanding: (id) => lateJoiners.end(id) }, wish),
    log: (question, signal) => history.read(question, signal),
    message: async (id) => (await viewsOf([id]))[0],
    messages: viewsOf,
    async inState(state) {
      const records = await store.view({ view: 'in-state', state, limit: maxListedMessages + 1 });
      return { messages: await asViews(records.slice(0, maxListedMessages)), more: records.length > maxListedMessages };
    },
    output: outputOf,
    streamedOutput: (of) => streamedOutput({ node, store, kept: parts.keptOutput }, of),
    async counts() {
      const { states, ...replies } = await store.view({ view: 'counts' });
      return { counts: byState(states), ...replies };
    },
    nodes: () => nodeViews(flow, store),
    processes: () => flow.processes(),
    schedules: (wish) => orderSchedules(parts, wish),
    async errors(wanted) {
      const view = { view: 'errors', ...filterOf(wanted), limit: maxListedErrors + 1 } as const;
      const found = await store.view(view);
      return { errors: found.slice(0, maxListedErrors).map(errorView), more: found.length > maxListedErrors };
    },
    changedErrors: async ({ after, limit, ...wanted }) =>
      (await store.view({ view: 'changed-errors', ...filterOf(wanted), after, limit })).map(errorView),
    info: parts.info,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isWatched: () => listeners.size > 0,
    publish(notice) {
      told.note(notice);
      if (notice.type === 'heard') return lateJoiners.heard(notice.from);
      const event = messageEvent(notice);
      if (event === undefined) return;
      tell(event);
      passed.heard(event, tell);
    },
  };
}

function byState(states: Readonly<Record<string, number>>): Record<MessageState, number> {
  return Object.fromEntries(messageStates.map((state) => [state, states[state] ?? 0])) as Record<MessageState, number>;
}

function previewOf({ drafts, late }: Parsed, { flow, clock }: { readonly flow: Flow; readonly clock: Clock }): Preview {
  const counts = new Map<string, number>();
  for (const { message } of drafts) counts.set(message.to, (counts.get(message.to) ?? 0) + 1);
  const presenceOf = (name: string): NodeView['presence'] => flow.knownPeers().get(name)?.presence ?? 'unknown';
  const nodes = [...counts].map(([name, messages]) => ({ name, presence: presenceOf(name), messages }));
  return { messages: drafts.length, nodes, ...lateJoinersOf(late, clock) };
}

/** What is told of a submission that also goes to nodes that appear. */
function lateJoinersOf(late: Parsed['late'], clock: Clock): { readonly lateJoiners?: LateJoinersView } {
  if (late.length === 0) return {};
  const until = Math.round(clock.wall() + Math.max(...late.map(({ spanMs }) => spanMs)));
  return { lateJoiners: { groups: [...new Set(late.flatMap(({ groups }) => groups))], until } };
}
