// steward cancel: takes messages back, and says of each what is known.
import { userInfo } from 'node:os';
import { isSettled, type MessageView } from '../../contract/message-view.ts';
import { StewardError } from '../../model/error.ts';
import { isFinal } from '../../model/state.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Terminal } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { cancelIds } from './cancel-ids.ts';
import { openClient } from './open-client.ts';

export interface CancelOptions extends SocketOption {
  readonly submission?: true;
  readonly wait?: true;
  readonly json?: true;
}

/** Answers the exit status. */
export async function cancelMessages(
  ids: readonly string[],
  options: CancelOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.submission) return cancelSubmission(ids, options, terminal);
  const client = openClient(options, terminal);
  // An id that is not known here is told before anything is cancelled.
  const known = await Promise.allSettled([...new Set(ids)].map((id) => client.message(id)));
  const unknown = known.find((one) => one.status === 'rejected');
  if (unknown !== undefined) throw withNothingDone(unknown.reason);
  const before = known.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const all = before.map(({ id }) => id);
  await cancelIds(client, all, { by: userName() });
  const look = (): Promise<readonly MessageView[]> => Promise.all(all.map((id) => client.message(id)));
  if (options.wait) await tellWhatIsWaitedFor(await look(), terminal);
  const after = options.wait ? await settled(client, all) : await look();
  await terminal.out.write(options.json ? `${printableJson(after)}\n` : cancelledText(after));
  return after.some((view) => isFinal(view.state) && view.state !== 'cancelled') ? exitStatus.failed : exitStatus.ok;
}

/** However many messages it has: only how many there are is told. */
async function cancelSubmission(ids: readonly string[], options: CancelOptions, terminal: Terminal): Promise<number> {
  const [id = '', ...others] = ids;
  if (others.length > 0 || options.wait)
    throw new StewardError(
      'invalid-usage',
      options.wait ? '--wait is for single messages' : 'one submission at a time',
      { hint: `then "steward status --submission ${id.slice(0, 40)}" says how far it is` },
    );
  const counts = await openClient(options, terminal).cancel({ submission: id, by: userName() });
  if (options.json) await terminal.out.write(`${printableJson(counts)}\n`);
  else {
    const asked = counts.asked === 0 ? '' : `, ${counts.asked} may be at their nodes, to be confirmed there`;
    const closed = counts.closed === undefined ? '' : '; nodes that appear from now on get nothing of it';
    await terminal.out.write(`${counts.cancelled} cancelled${asked}${closed}\n`);
  }
  return exitStatus.ok;
}

function withNothingDone(error: unknown): unknown {
  if (!(error instanceof StewardError)) return error;
  return new StewardError(error.code, `nothing was cancelled: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

/** It may take as long as their nodes are away. */
async function tellWhatIsWaitedFor(views: readonly MessageView[], terminal: Terminal): Promise<void> {
  for (const { id, to, state, waiting } of views)
    if (!isFinal(state)) await terminal.err.write(`${id} for ${to}: ${waiting ?? state}\n`);
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
  if (view.state === 'unknown') return view.reason ?? 'what became of it is not known';
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
