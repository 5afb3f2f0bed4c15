// A message that this node is about to send. Made before the step that takes it in: of many, this is most of the work.
import type { Draft, Message, MessageId } from '../model/message.ts';
import { packHead } from '../wire/message-head.ts';
import { sealHead } from '../wire/message-seal.ts';
import type { FlowOptions } from './options.ts';

export interface NewMessage {
  readonly message: Message;
  readonly head: string;
  readonly body: Uint8Array;
  /** It leaves when all of these have succeeded. */
  readonly after?: readonly MessageId[];
  /** It passes the answer to this one on, which is the only one that it waits for. */
  readonly answerOf?: MessageId;
}

/** As long as a span may be: what the node itself has to say waits for as long as it takes. */
const ownExpiresMs = 10 * 365 * 86_400_000;
const ownTimeoutMs = 10_000;

/** A message that no person has written. */
export function ownDraft(
  of: Pick<Draft['message'], 'to' | 'method'> & Partial<Draft['message']>,
  body: Uint8Array,
): Draft {
  return {
    message: {
      args: [],
      unordered: false,
      rerun: 'always',
      ackTimeoutMs: ownTimeoutMs,
      retries: -1,
      retryWaitMs: 0,
      expiresMs: ownExpiresMs,
      methodTimeoutMs: ownTimeoutMs,
      directory: '',
      fileName: '',
      bodySize: body.length,
      ...of,
    },
    body,
  };
}

export function newMessage({ node, newId }: Pick<FlowOptions, 'node' | 'newId'>, { message, body }: Draft): NewMessage {
  return withHead({ ...message, id: newId(), from: node }, body);
}

export function withHead(message: Message, body: Uint8Array): NewMessage {
  const head = packHead(message);
  return { message, head: message.via === undefined ? head : sealHead(head, message, body), body };
}
