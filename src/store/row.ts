// Rows to records and back. The order of the columns is written once, here.
import type { InboxRecord, OutboxRecord, WaitingRecord } from '../model/record.ts';
import type { MessageState } from '../model/state.ts';
import type { Row, SqlValue } from './driver.ts';
import { blob, bytesOrNull, numberOrNull, text, textOrNull } from './value.ts';

/** In the column `rerun`: always, and it may have run already. */
export const ranPerhaps = 'again';

/** Columns of a row of which nothing has become yet: every other one is NULL. */
export const newOutboxColumns = [
  'ord',
  'id',
  'submission',
  'receiver',
  'lane',
  'head',
  'body',
  'bodySize',
  'headSize',
  'isReply',
  'rerun',
  'state',
  'open',
  'position',
  'tag',
  'deadline',
  'queuedAt',
] as const;

export const outboxColumns = [
  ...newOutboxColumns,
  'wish',
  'deliveredAt',
  'runningAt',
  'endedAt',
  'outcome',
  'reason',
  'replyState',
  'replyAt',
  'replyReason',
  'answerOrd',
  'key',
  'target',
  'origin',
  'hop',
  'carriedAt',
  'told',
  'heldAs',
  'answerOf',
] as const;

export function newOutboxValues(record: OutboxRecord): SqlValue[] {
  return [
    record.ord,
    record.id,
    record.submission,
    record.to,
    record.lane,
    record.head,
    bytesOrNull(record.body),
    record.bodySize,
    record.head.length,
    record.isReply ? 1 : 0,
    record.mayHaveRun ? ranPerhaps : record.rerun,
    record.state,
    record.open ? 1 : 0,
    record.position,
    record.tag,
    record.deadline,
    record.queuedAt,
  ];
}

export function outboxValues(record: OutboxRecord): SqlValue[] {
  return [...newOutboxValues(record), ...laterOutboxValues(record)];
}

/** In the order of the columns behind those of a new row. */
function laterOutboxValues(record: OutboxRecord): SqlValue[] {
  return [
    record.wish,
    record.deliveredAt,
    record.runningAt,
    record.endedAt,
    record.outcome,
    record.reason,
    record.replyState,
    record.replyAt,
    record.replyReason,
    record.answerOrd,
    record.key,
    record.target,
    record.origin,
    record.hop,
    record.carriedAt,
    record.told,
    record.heldAs,
    record.answerOf,
  ];
}

export const isNewOutbox = (record: OutboxRecord): boolean =>
  laterOutboxValues(record).every((value) => value === null);

export function outboxRecord(row: Row): OutboxRecord {
  return {
    ...waitingRecord(row),
    submission: text(row['submission']),
    to: text(row['receiver']),
    lane: text(row['lane']),
    rerun: row['rerun'] === 'never' ? 'never' : 'always',
    open: row['open'] === 1,
    target: textOrNull(row['target']),
    origin: textOrNull(row['origin']),
    hop: textOrNull(row['hop']),
    carriedAt: numberOrNull(row['carriedAt']),
    told: textOrNull(row['told']) as OutboxRecord['told'],
    queuedAt: Number(row['queuedAt']),
    deliveredAt: numberOrNull(row['deliveredAt']),
    runningAt: numberOrNull(row['runningAt']),
    endedAt: numberOrNull(row['endedAt']),
    outcome: textOrNull(row['outcome']),
    replyState: textOrNull(row['replyState']) as OutboxRecord['replyState'],
    replyAt: numberOrNull(row['replyAt']),
    replyReason: textOrNull(row['replyReason']),
    answerOrd: numberOrNull(row['answerOrd']),
    heldAs: numberOrNull(row['heldAs']),
    answerOf: textOrNull(row['answerOf']),
    key: textOrNull(row['key']),
  };
}

export const waitingColumns = [
  'ord',
  'id',
  'head',
  'body',
  'bodySize',
  'isReply',
  'state',
  'position',
  'tag',
  'wish',
  'reason',
  'rerun',
  'deadline',
] as const satisfies readonly (typeof outboxColumns)[number][];

export function waitingRecord(row: Row): WaitingRecord {
  return {
    ord: Number(row['ord']),
    id: text(row['id']),
    head: text(row['head']),
    body: blob(row['body']),
    bodySize: Number(row['bodySize']),
    isReply: row['isReply'] === 1,
    state: text(row['state']) as MessageState,
    position: numberOrNull(row['position']),
    tag: textOrNull(row['tag']),
    wish: textOrNull(row['wish']) as OutboxRecord['wish'],
    reason: textOrNull(row['reason']),
    mayHaveRun: row['rerun'] === ranPerhaps,
    deadline: Number(row['deadline']),
  };
}

export const newInboxColumns = [
  'ord',
  'sender',
  'id',
  'lane',
  'head',
  'body',
  'bodySize',
  'headSize',
  'state',
  'acceptedAt',
  'attempts',
] as const;

export const inboxColumns = [
  ...newInboxColumns,
  'mark',
  'pid',
  'pidStart',
  'startedAt',
  'endedAt',
  'outcome',
  'retryAt',
  'cancel',
] as const;

export function newInboxValues(record: InboxRecord): SqlValue[] {
  return [
    record.ord,
    record.from,
    record.id,
    record.lane,
    record.head,
    bytesOrNull(record.body),
    record.bodySize,
    record.head.length,
    record.state,
    record.acceptedAt,
    record.attempts,
  ];
}

export function inboxValues(record: InboxRecord): SqlValue[] {
  return [...newInboxValues(record), ...laterInboxValues(record)];
}

function laterInboxValues(record: InboxRecord): SqlValue[] {
  return [
    record.mark,
    record.pid,
    record.pidStart,
    record.startedAt,
    record.endedAt,
    record.outcome,
    record.retryAt,
    record.cancel,
  ];
}

export const isNewInbox = (record: InboxRecord): boolean => laterInboxValues(record).every((value) => value === null);

export function inboxRecord(row: Row): InboxRecord {
  return {
    ord: Number(row['ord']),
    from: text(row['sender']),
    id: text(row['id']),
    lane: text(row['lane']),
    head: text(row['head']),
    body: blob(row['body']),
    bodySize: Number(row['bodySize']),
    state: row['state'] as InboxRecord['state'],
    mark: textOrNull(row['mark']),
    pid: numberOrNull(row['pid']),
    pidStart: textOrNull(row['pidStart']),
    acceptedAt: Number(row['acceptedAt']),
    startedAt: numberOrNull(row['startedAt']),
    endedAt: numberOrNull(row['endedAt']),
    outcome: textOrNull(row['outcome']),
    attempts: Number(row['attempts']),
    retryAt: numberOrNull(row['retryAt']),
    cancel: textOrNull(row['cancel']),
  };
}
