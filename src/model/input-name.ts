// `input:ID`: a file that a node keeps for one message, which reads it to its end: a command, or the copy that brings it to another node.
import { isMessageId } from './id.ts';
import type { Message, MessageId } from './message.ts';

const prefix = 'input:';

/** What names it in a message, in the place of a path. */
export function inputName(id: MessageId): string {
  return `${prefix}${id}`;
}

/** Undefined of any other path. */
export function inputId(path: string): MessageId | undefined {
  const id = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  return isMessageId(id) ? id : undefined;
}

/** The one that this message has for itself: nobody needs it when it has ended. */
export function inputOf({
  method,
  args,
  stdinFile,
}: Pick<Message, 'method' | 'args' | 'stdinFile'>): MessageId | undefined {
  const path = method === 'copySrc' ? args[0] : stdinFile;
  return path === undefined ? undefined : inputId(path);
}
