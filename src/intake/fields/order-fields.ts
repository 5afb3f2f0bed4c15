// The fields that say when a message has its turn.
import { highestPriority, maxAfter } from '../../model/message.ts';
import type { FieldDefinition } from './field-definition.ts';

export const orderFields = {
  unordered: {
    kind: 'boolean',
    doc: 'The message does not wait for those before it. Not for the methods that begin with `op`.',
    default: '`false`; `true` for the old names `REQnCliCommand` and `nCliCommand`',
    example: true,
  },
  priority: {
    kind: 'count',
    least: 0,
    most: highestPriority,
    doc: 'The larger goes first, of what waits for one node. Messages with the same priority keep their order. Not with `ACKTimeout: 0`, and not for the methods that begin with `op`, which go before all else.',
    default: '4',
    example: 7,
  },
  after: {
    kind: 'messages',
    most: maxAfter,
    doc: 'The message leaves when all of these have `succeeded`, and ends as `cancelled` when one of them ends otherwise, or has been forgotten. They are messages of the same node. Not with `lateJoiners`, and not for the methods that begin with `op`.',
    default: 'none: it leaves as soon as it can',
    example: ['01m8kce0v7de3hkb2cw4'],
  },
  key: {
    kind: 'text',
    longest: 100,
    doc: 'Of the messages to one node with the same key only the newest waits: those of earlier submissions that have not started end as `cancelled`.',
    default: 'none',
    example: 'config of the router',
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
