// The fields that say how long a message is tried, and how long and how often its method may run.
import { longestSpanMs } from '../../base/span.ts';
import { maxMethodRetries } from '../../model/message.ts';
import type { FieldDefinition } from './field-definition.ts';

const span = { kind: 'span', leastMs: 0, mostMs: longestSpanMs } as const;

/** Of a method. */
const unlimitedSpan = { ...span, special: { value: -1, meaning: 'no limit' } } as const;

const resends = {
  kind: 'count',
  least: 0,
  most: 1_000_000,
  special: { value: -1, meaning: 'until the message expires' },
} as const;

export const timeFields = {
  ACKTimeout: {
    ...span,
    doc: 'How long an ACK is waited for before the message is sent again. With `retries` it is a span of time, in which the message is kept also for a node that is away: `ACKTimeout × (retries + 1) + retryWait × retries`. 0: no ACK is wanted; the message is handed over once, with at most 32 KiB of `data`.',
    default: "the node's `DefaultMessageTimeout`",
    example: 30,
  },
  retries: {
    ...resends,
    doc: 'How often the message is sent again after the first time. -1: until it expires.',
    default: "the node's `DefaultMessageRetries`",
    example: 3,
  },
  retryWait: {
    ...span,
    doc: 'The pause before the message is sent again.',
    default: '0',
    example: '10s',
  },
  expires: {
    ...span,
    leastMs: 1,
    doc: 'How long the message is kept for a node that does not come, whatever `retries` says.',
    default: "the node's `DefaultExpires`",
    example: '12h',
  },
  methodTimeout: {
    ...unlimitedSpan,
    doc: 'How long the method may run; then a command is killed with all that it has started, and the message ends as `timedOut`. 0 is as if it were absent, and -1 is no limit.',
    default: "the node's `DefaultMethodTimeout`",
    example: '90m',
  },
  methodRetries: {
    kind: 'count',
    least: 0,
    most: maxMethodRetries,
    doc: 'How often the method runs again on its node where it failed or timed out. The outcome is that of the last run.',
    default: '0',
    example: 2,
  },
  methodRetryWait: {
    ...span,
    doc: 'The pause before the method runs again.',
    default: '0',
    example: '1m',
  },
  rerun: {
    kind: 'choice',
    allowed: ['always', 'never'],
    doc: 'What becomes of a method that a crash of its node interrupted: `always` runs it again, with `never` its state is `unknown`.',
    default: '`never` for commands, `always` for the other methods',
    example: 'always',
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;

/** The same, of the answer. */
export const replyTimeFields = {
  replyACKTimeout: {
    ...span,
    doc: 'The `ACKTimeout` of the answer.',
    default: 'as `ACKTimeout` of the message',
    example: 30,
  },
  replyRetries: {
    ...resends,
    doc: 'The `retries` of the answer. An answer that cannot be brought gives way to one that has the outcome only.',
    default: 'as `retries` of the message',
    example: 3,
  },
  replyRetryWait: {
    ...span,
    doc: 'The `retryWait` of the answer.',
    default: 'as `retryWait` of the message',
    example: '10s',
  },
  replyMethodTimeout: {
    ...unlimitedSpan,
    doc: 'How long the `replyMethod` may run; -1 is no limit.',
    default: 'as `methodTimeout` of the message',
    example: '1m',
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
