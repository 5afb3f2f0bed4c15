// What the flow tells, as those hear it who watch messages.
import type { MessageEvent } from '../contract/message-event.ts';
import type { Notice } from '../flow/effect.ts';

/** Who watches messages of this node hears nothing of what it does for others. */
export function messageEvent(notice: Exclude<Notice, { type: 'heard' }>): MessageEvent | undefined {
  if (notice.type === 'work') return undefined;
  if (notice.type === 'errors') return notice;
  if (notice.type === 'lost' || notice.type === 'unheard') return { type: 'lost', to: notice.to };
  const { id, at, reason } = notice;
  const why = reason === null ? {} : { reason };
  return notice.type === 'reply'
    ? { type: 'reply', id, state: notice.state, at, ...why }
    : { type: 'state', id, state: notice.state, at, ...why };
}
