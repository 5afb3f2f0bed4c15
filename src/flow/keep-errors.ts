// The errors of another node are rows of the store from the commit on that ends their message: once, as the message runs once.
import { unpackErrors } from '../model/error-batch.ts';
import type { Message } from '../model/message.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import type { Accepted } from './in-lane.ts';

export function keepErrors(context: Context, { message, body }: Accepted, change: Change): void {
  if (message.method !== 'errorLog' || isOwnErrors(context, message) || body === undefined) return;
  const errors = unpackErrors(body) ?? [];
  for (const error of errors) change.ops.push({ op: 'error-add', record: { ...error, node: message.from, untold: 0 } });
  if (errors.length > 0) change.follow.push(() => context.notice({ type: 'errors' }));
}

/** No other node has sent it: it is kept where it was counted, and nobody waits to hear how it ended. */
export function isOwnErrors(context: Context, message: Message): boolean {
  return message.method === 'errorLog' && message.from === context.node;
}
