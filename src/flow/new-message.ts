// A message that this node is about to send. Made before the step that takes it in: of many, this is most of the work.
import type { Draft, Message } from '../model/message.ts';
import { packHead } from '../wire/message-head.ts';
import type { FlowOptions } from './options.ts';

export interface NewMessage {
  readonly message: Message;
  readonly head: string;
  readonly body: Uint8Array;
}

export function newMessage({ node, newId }: Pick<FlowOptions, 'node' | 'newId'>, { message, body }: Draft): NewMessage {
  return withHead({ ...message, id: newId(), from: node }, body);
}

export function withHead(message: Message, body: Uint8Array): NewMessage {
  return { message, head: packHead(message), body };
}
