// A row of the outbox as the message that it holds.
import { wireLane } from '../model/lane.ts';
import type { Message } from '../model/message.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import { unpackHead } from '../wire/message-head.ts';

export function sentMessage(record: Pick<OutboxRecord, 'head' | 'lane' | 'to' | 'key'>, node: string): Message {
  const lane = wireLane(record.lane);
  const message = unpackHead(JSON.parse(record.head), { from: node, to: record.to, lane });
  return record.key === null ? message : { ...message, key: record.key };
}

export function acceptedMessage(record: Pick<InboxRecord, 'head' | 'lane' | 'from'>, node: string): Message {
  return unpackHead(JSON.parse(record.head), { from: record.from, to: node, lane: record.lane });
}
