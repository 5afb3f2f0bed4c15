// A message in the words of the command line.
import type { MessageView } from '../../contract/message-view.ts';
import { formatSpan } from './time.ts';

/** `queued, node offline` · `failed, output too large` · `succeeded` */
export function stateText(view: MessageView): string {
  const why = view.waiting ?? view.reason ?? view.outcome?.reason;
  return why === undefined ? view.state : `${view.state}, ${why}`;
}

/** The exit code, or the signal that ended the command; `-` where there is neither. */
export function exitText(view: MessageView): string {
  return view.outcome?.signal ?? view.outcome?.exitCode?.toString() ?? '-';
}

export function durationText(view: MessageView): string {
  const durationMs = view.outcome?.durationMs;
  return durationMs === undefined ? '-' : formatSpan(durationMs);
}

/** `fileAppend handled`; `-` for a message without a reply. */
export function replyText(view: MessageView): string {
  if (view.reply === undefined) return '-';
  const { method, to, id, state, reason } = view.reply;
  const where = to === undefined ? method : `${method} at ${to} (${id})`;
  return reason === undefined ? `${where} ${state}` : `${where} ${state}, ${reason}`;
}
