// steward cancel: takes messages back, and says of each what is known.
import { userInfo } from 'node:os';
import { isSettled, type MessageView } from '../../contract/message-view.ts';
import { isFinal } from '../../model/state.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Terminal } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';

export interface CancelOptions extends SocketOption {
  readonly wait?: true;
  readonly json?: true;
}

/** Answers the exit status. */
export async function cancelMessages(
  ids: readonly string[],
  options: CancelOptions,
  terminal: Terminal,
): Promise<number> {
  const client = openClient(options, terminal);
  // An id that is not known here is told before anything is cancelled.
  const before = await Promise.all(ids.map((id) => client.message(id)));
  await client.cancel({ ids: before.map(({ id }) => id), by: userName() });
  const after = options.wait ? await settled(client, ids) : await Promise.all(ids.map((id) => client.message(id)));
  await terminal.out.write(options.json ? `${printableJson(after)}\n` : cancelledText(after));
  return after.some((view) => isFinal(view.state) && view.state !== 'cancelled') ? exitStatus.failed : exitStatus.ok;
}

async function settled(client: ReturnType<typeof openClient>, ids: readonly string[]): Promise<readonly MessageView[]> {
  const views = new Map<string, MessageView>();
  const over = new AbortController();
  for await (const view of client.follow(ids, { signal: over.signal })) {
    views.set(view.id, view);
    if (ids.every((id) => views.has(id)) && [...views.values()].every(isSettled)) break;
  }
  over.abort();
  return ids.flatMap((id) => views.get(id) ?? []);
}

function cancelledText(views: readonly MessageView[]): string {
  return table([['MESSAGE', 'TO', 'STATE', ''], ...views.map((view) => [view.id, view.to, view.state, said(view)])]);
}

function said(view: MessageView): string {
  if (view.state === 'cancelled') return view.reason ?? view.outcome?.reason ?? '';
  return isFinal(view.state) ? 'it had ended: too late' : (view.waiting ?? '');
}

/** As the reason of a message names whoever took it back. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in a container.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
