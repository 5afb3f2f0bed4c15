// Queues and cancels as the API has them: through the flow, which alone knows what has left.
import type { CancelledCounts, CancelWish, Queue, WaitingFilter } from '../contract/queue.ts';
import { maxListedMessages } from '../contract/api-socket.ts';
import type { MessageView } from '../contract/message-view.ts';
import type { CancelAnswer } from '../flow/event.ts';
import { StewardError } from '../model/error.ts';
import { isMessageId, messageIdHint } from '../model/id.ts';
import { isLaneName, wireLane } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import { parseNodeName } from '../model/node-name.ts';
import { maxFilterIds, type QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Store } from '../store/open-store.ts';
import type { Engine } from './engine.ts';

/** Throws `invalid-usage`, `invalid-node-name`, and what keeps the node from doing it. */
export async function cancelMessages(parts: CancelParts, wish: CancelWish): Promise<CancelledCounts> {
  const { ids, submission, by, waiting, ...rest } = wish;
  const { node, store } = parts;
  const reason = `cancelled by ${by === undefined ? node : `${by} on ${node}`}`;
  const running = waiting !== true;
  if (submission !== undefined) return cancelSubmission(parts, { id: submission, running, reason });
  const filter = { ...filterOf(rest), ...idsOf(ids) };
  if (filter.ids !== undefined) refuseOthers(await store.view({ view: 'messages', ids: filter.ids }));
  return cancelThose(parts, { filter, running: running && ids !== undefined, reason });
}

interface CancelParts {
  readonly node: string;
  readonly engine: Engine;
  readonly store: Store;
  /** A submission goes to nobody else that appears; false: it did not. */
  readonly endStanding: (submission: MessageId) => Promise<boolean>;
}

interface Those {
  readonly running: boolean;
  readonly reason: string;
}

async function cancelThose(
  { engine }: CancelParts,
  those: Those & { readonly filter: QueueFilter },
): Promise<CancelledCounts> {
  const answer = await new Promise<CancelAnswer>((resolve) =>
    engine.handle({ type: 'cancel', ...those, answer: resolve }),
  );
  if (answer.type === 'done') return { cancelled: answer.cancelled, asked: answer.asked };
  throw new StewardError(answer.code, `nothing was cancelled: ${answer.reason}`, { hint: answer.hint });
}

/** Page by page: what is refused in the middle says how far it has come. */
async function cancelSubmission(
  parts: CancelParts,
  { id, ...those }: Those & { readonly id: string },
): Promise<CancelledCounts> {
  const { store, endStanding } = parts;
  const submission = await submissionNamed(store, id);
  // Before what it has sent so far: nothing of it comes after that.
  const closed = (await endStanding(submission)) ? { closed: true as const } : {};
  let [cancelled, asked] = [0, 0];
  for (let afterOrd = 0; ;) {
    const page = await store.view({ view: 'unended-ids', id, afterOrd, limit: maxFilterIds });
    const last = page.at(-1);
    if (last === undefined) return { cancelled, asked, ...closed };
    try {
      const counts = await cancelThose(parts, { ...those, filter: { ids: page.map((message) => message.id) } });
      cancelled += counts.cancelled;
      asked += counts.asked;
    } catch (error) {
      if (!(error instanceof StewardError) || (cancelled + asked === 0 && closed.closed === undefined)) throw error;
      const done = `${cancelled + asked} were${closed.closed ? ', and it goes to nobody else' : ''}`;
      throw new StewardError(error.code, `not all was cancelled (${done}): ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      });
    }
    afterOrd = last.ord;
  }
}

/** What waits: by lane, and the first of it. */
export async function readQueue(
  parts: {
    readonly store: Store;
    readonly asViews: (records: readonly OutboxRecord[]) => Promise<readonly MessageView[]>;
    /** Of a deadline in node time, the wall time. */
    readonly wallOf: (nodeTime: number) => number;
  },
  wanted: WaitingFilter,
): Promise<Queue> {
  const filter = filterOf(wanted);
  const lanes = await parts.store.view({ view: 'waiting-lanes', filter });
  const found = await parts.store.view({ view: 'waiting', filter, limit: maxListedMessages + 1 });
  const listed = found.slice(0, maxListedMessages);
  const views = await parts.asViews(listed);
  const messages = listed.flatMap((record, index) => {
    const { lane, head, bodySize, deadline } = record;
    const view = views[index];
    const more = { lane: wireLane(lane), bytes: head.length + bodySize, expiresAt: parts.wallOf(deadline) };
    return view === undefined ? [] : [{ ...view, ...more }];
  });
  return { lanes: [...lanes], messages, more: found.length > maxListedMessages };
}

/** Throws `not-found`. */
async function submissionNamed(store: Store, id: string): Promise<MessageId> {
  if (isMessageId(id)) {
    const [record] = await store.view({ view: 'messages', ids: [id] });
    if (record !== undefined) {
      refuseOthers([record]);
      return record.submission;
    }
    if ((await store.view({ view: 'standing', id })) !== undefined) return id;
  }
  throw new StewardError('not-found', `nothing was cancelled: this node knows no submission ${id.slice(0, 40)}`, {
    hint: 'name it by the id of one of its messages',
  });
}

function filterOf({ to, lane, before }: WaitingFilter): QueueFilter {
  if (lane !== undefined && !isLaneName(lane))
    throw new StewardError('invalid-usage', `there is no lane "${lane.slice(0, 80)}"`, {
      hint: 'a lane is named by its method, as "steward queue" lists it',
    });
  return { to: to === undefined ? undefined : parseNodeName(to), lane, queuedBefore: before };
}

function idsOf(ids: readonly string[] | undefined): QueueFilter {
  if (ids === undefined) return {};
  const wrong = ids.find((id) => !isMessageId(id));
  if (wrong !== undefined)
    throw new StewardError('invalid-usage', `"${wrong.slice(0, 40)}" is no message id`, {
      hint: messageIdHint,
    });
  if (ids.length > maxFilterIds)
    throw new StewardError('invalid-usage', `at most ${maxFilterIds} messages at a time, not ${ids.length}`, {
      hint: 'name them in several steps, or clear a queue',
    });
  return { ids };
}

function refuseOthers(records: readonly OutboxRecord[]): void {
  const carried = records.find(({ origin }) => origin !== null);
  if (carried === undefined) return;
  const { id, origin } = carried;
  throw new StewardError('invalid-usage', `nothing was cancelled: ${id} is only carried here, for ${origin}`, {
    hint: `its sender takes it back: "steward cancel ${id}" on ${origin}`,
  });
}
