// Rows for store tests: plain ones, of which a test changes what it is about.
import type { StoreOp } from '../../../src/model/store-op.ts';
import type { ErrorRecord, InboxRecord, InLaneRecord, OutboxRecord, OutLaneRecord } from '../../../src/model/record.ts';

/** An id of the right form that holds a number. */
export function idOf(number: number): string {
  return String(number).padStart(20, '0');
}

export function outboxRow(ord: number, change: Partial<OutboxRecord> = {}): OutboxRecord {
  return {
    ord,
    id: idOf(ord),
    submission: idOf(ord),
    to: 'ship1',
    lane: 'cliCommand',
    head: `{"i":"${idOf(ord)}"}`,
    body: null,
    bodySize: 0,
    isReply: false,
    rerun: 'never',
    mayHaveRun: false,
    state: 'queued',
    open: true,
    position: null,
    tag: null,
    deadline: 1000 + ord,
    wish: null,
    queuedAt: 10,
    deliveredAt: null,
    runningAt: null,
    endedAt: null,
    outcome: null,
    reason: null,
    replyState: null,
    replyAt: null,
    replyReason: null,
    answerOrd: null,
    heldAs: null,
    answerOf: null,
    key: null,
    target: null,
    origin: null,
    hop: null,
    told: null,
    carriedAt: null,
    ...change,
  };
}

/** Its method has succeeded. */
export function succeed(
  ord: number,
  change: Partial<StoreOp & { op: 'outbox-answer' }> = {},
): StoreOp & { op: 'outbox-answer' } {
  return {
    op: 'outbox-answer',
    id: idOf(ord),
    to: 'ship1',
    state: 'succeeded',
    outcome: '{}',
    reason: null,
    runningAt: null,
    endedAt: 1,
    answerOrd: 1,
    replyState: 'handled',
    ...change,
  };
}

/** As it stands once it has its place in the lane. */
export function placedRow(ord: number, change: Partial<OutboxRecord> = {}): OutboxRecord {
  return outboxRow(ord, { position: ord, tag: `tag${ord}`, ...change });
}

export function inboxRow(ord: number, change: Partial<InboxRecord> = {}): InboxRecord {
  return {
    ord,
    from: 'central',
    id: idOf(ord),
    lane: 'cliCommand',
    head: `{"i":"${idOf(ord)}"}`,
    body: null,
    bodySize: 0,
    state: 'accepted',
    mark: null,
    pid: null,
    pidStart: null,
    acceptedAt: 20,
    startedAt: null,
    endedAt: null,
    outcome: null,
    attempts: 0,
    retryAt: null,
    cancel: null,
    ...change,
  };
}

export function outLaneRow(change: Partial<OutLaneRecord> = {}): OutLaneRecord {
  return {
    to: 'ship1',
    lane: 'cliCommand',
    epoch: 'epoch1',
    peerIncarnation: 'incarnation1',
    base: 0,
    baseTag: 'tag0',
    placed: 0,
    placedTag: 'tag0',
    ...change,
  };
}

export function inLaneRow(change: Partial<InLaneRecord> = {}): InLaneRecord {
  return { from: 'central', lane: 'cliCommand', epoch: 'epoch1', last: 1, tag: 'tag1', exceptions: [], ...change };
}

export function errorRow(change: Partial<ErrorRecord> = {}): ErrorRecord {
  return {
    node: 'ship1',
    kind: 'kind1',
    code: 'lane-restarted',
    lane: 'cliCommand',
    id: idOf(1),
    text: 'a lane starts again',
    hint: null,
    count: 1,
    untold: 0,
    firstAt: 100,
    lastAt: 100,
    ...change,
  };
}
