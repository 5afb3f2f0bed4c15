// steward queue: what waits here for nodes, and taking it back.
import { parseSpan, spanExamples } from '../../base/span.ts';
import type { CancelledCounts, Queue } from '../../contract/queue.ts';
import { StewardError } from '../../model/error.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { SocketOption } from '../find-socket.ts';
import type { Shell, Terminal } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { counted } from '../text/counted.ts';
import { table } from '../text/table.ts';
import { formatSpan } from '../text/time.ts';
import { openClient } from './open-client.ts';
import { queueAt, queueHere, type QueueWanted } from './queue-of.ts';

export interface QueueOptions extends SocketOption {
  readonly lane?: string;
  readonly olderThan?: string;
  readonly yes?: true;
  /** Whose queue; this node's unless given. */
  readonly at?: string;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
  readonly json?: true;
}

interface QueueWish {
  readonly node: string | undefined;
  readonly what: string | undefined;
  readonly ids: readonly string[];
  readonly options: QueueOptions;
}

/** More than so many are only cleared with --yes. */
const fewMessages = 10;

const verbs = new Set(['list', 'clear', 'remove']);

/** Without a node, the first word says what is to be done. */
export function queueWish(words: readonly string[], options: QueueOptions): QueueWish {
  const [first = ''] = words;
  const node = first === '' || verbs.has(first) ? undefined : first;
  const [what, ...ids] = node === undefined ? words : words.slice(1);
  return { node, what, ids, options };
}

/** Throws `invalid-usage`. */
export async function queueAction(wish: QueueWish, context: { shell: Shell; now: number }): Promise<void> {
  const { node, what = 'list', ids, options } = wish;
  const { shell, now } = context;
  const { terminal } = shell;
  const client = openClient(options, terminal);
  const filter = filterOf(wish);
  const { at, via } = options;
  if (via !== undefined && at === undefined) throw usage('--via is the way to the node of --at, which is missing');
  const queueOf = at === undefined ? queueHere(client, now) : queueAt(client, { node: parseNodeName(at), via, shell });
  if (!verbs.has(what)) throw usage(`there is no "${what}" of a queue`);
  if ((what === 'remove') !== ids.length > 0)
    throw usage(what === 'remove' ? 'no message is named' : `${what} takes no message id`);
  if (what === 'remove') return tell(await queueOf.remove(filter, ids), wish, terminal);
  const queue = await queueOf.list(filter);
  if (queue === undefined) return;
  if (what === 'list') {
    if (options.json) return terminal.out.write(`${printableJson(queue)}\n`);
    if (queue.lanes.length > 0) return terminal.out.write(queueText(queue, { node, now }));
    // A filter that leaves nothing, or a name that nobody has, looks as if nothing waited.
    const all = options.lane === undefined && options.olderThan === undefined ? queue : await queueOf.list(whose(node));
    const known = at !== undefined || node === undefined || (await client.nodes()).some(({ name }) => name === node);
    return terminal.out.write(nothingText(wish, { others: all, known }));
  }
  const waiting = queue.lanes.reduce((sum, { messages }) => sum + messages, 0);
  const owner = at ?? (await client.info()).node;
  if (queue.messages.length > 0 && queue.messages.every(({ from }) => from !== owner))
    throw new StewardError('invalid-usage', 'nothing was cleared: all of it is only carried here', {
      hint: `its sender takes it back, here ${[...new Set(queue.messages.map(({ from }) => from))].join(', ')}`,
    });
  if (waiting > fewMessages && options.yes !== true) {
    await terminal.err.write(lanesText(queue, now));
    throw new StewardError('invalid-usage', `nothing was cleared: these are ${waiting} messages`, {
      hint: 'the same with --yes clears them',
    });
  }
  return tell(await queueOf.clear(filter), wish, terminal);
}

function filterOf({ node, options }: QueueWish): QueueWanted {
  const { lane, olderThan } = options;
  const spanMs = olderThan === undefined ? undefined : parseSpan(olderThan);
  if (olderThan !== undefined && (spanMs === undefined || spanMs < 0))
    throw new StewardError('invalid-usage', `--older-than is no span of time: ${olderThan}`, { hint: spanExamples });
  return {
    ...(node === undefined ? {} : { to: node }),
    ...(lane === undefined ? {} : { lane }),
    ...(spanMs === undefined ? {} : { olderMs: spanMs }),
  };
}

function usage(text: string): StewardError {
  return new StewardError('invalid-usage', text, { hint: 'steward queue [NODE] [list | clear | remove ID…]' });
}

async function tell(
  counts: CancelledCounts | undefined,
  { options, node }: QueueWish,
  terminal: Terminal,
): Promise<void> {
  if (counts === undefined) return;
  if (options.json) return terminal.out.write(`${printableJson(counts)}\n`);
  const asked =
    counts.asked === 0 ? '' : `, ${counts.asked} may be there already, to be confirmed by ${node ?? 'their nodes'}`;
  const none = counts.cancelled + counts.asked === 0 ? ': nothing that waits is meant' : '';
  await terminal.out.write(`${counts.cancelled} cancelled${asked}${none}\n`);
}

const whose = (node: string | undefined): QueueWanted => (node === undefined ? {} : { to: node });

function nothingText(
  { node, options }: QueueWish,
  { others, known }: { readonly others: Queue | undefined; readonly known: boolean },
): string {
  const receiver = node === undefined ? '' : ` for ${node}`;
  if (!known)
    return `nothing waits${receiver}, of which this node has never heard: "steward nodes" lists those it knows\n`;
  const waiting = others?.lanes.reduce((sum, { messages }) => sum + messages, 0) ?? 0;
  if (waiting === 0) return `nothing waits${receiver}\n`;
  const lanes = [...new Set(others?.lanes.map(({ lane }) => lane))].slice(0, 10).join(', ');
  const what = [
    ...(options.lane === undefined ? [] : [`in the lane ${options.lane}`]),
    ...(options.olderThan === undefined ? [] : [`for longer than ${options.olderThan}`]),
  ];
  return `nothing waits${receiver} ${what.join(' ')}; ${counted(waiting, 'other message')} in the lanes ${lanes}\n`;
}

function queueText(queue: Queue, { node, now }: { node: string | undefined; now: number }): string {
  if (node === undefined) return lanesText(queue, now);
  const rows = queue.messages.map((view) => [
    view.id,
    view.method,
    formatSpan(now - view.queuedAt),
    formatSpan(view.expiresAt - now),
    view.bytes,
    view.waiting ?? view.state,
    view.args.join(' ').slice(0, 40),
  ]);
  const more = queue.more ? 'and more: --json has the counts of each lane\n' : '';
  return `${lanesText(queue, now)}\n${table([['MESSAGE', 'METHOD', 'AGE', 'EXPIRES IN', 'BYTES', 'WAITS FOR', 'ARGUMENTS'], ...rows])}${more}`;
}

function lanesText({ lanes }: Queue, now: number): string {
  return table([
    ['NODE', 'LANE', 'MESSAGES', 'BYTES', 'OLDEST'],
    ...lanes.map(({ to, lane, messages, bytes, oldestAt }) => [to, lane, messages, bytes, formatSpan(now - oldestAt)]),
  ]);
}
