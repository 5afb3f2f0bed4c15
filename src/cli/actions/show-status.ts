// steward status: how many messages are in which state, or what became of one.
import type { MessageView } from '../../contract/message-view.ts';
import type { Counts, Info } from '../../contract/node-views.ts';
import { messageStates, type MessageState } from '../../model/state.ts';
import type { SocketOption } from '../find-socket.ts';
import type { Terminal } from '../terminal.ts';
import { durationText, exitText, replyText, stateText } from '../text/message-text.ts';
import { lateJoinersText } from '../text/late-joiners-text.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatTime } from '../text/time.ts';
import { openClient } from './open-client.ts';

export interface StatusOptions extends SocketOption {
  readonly json?: true;
  readonly state?: MessageState;
  readonly submission?: true;
  readonly open?: true;
}

export async function showCounts(options: StatusOptions, terminal: Terminal): Promise<void> {
  const client = openClient(options, terminal);
  const [counts, info] = await Promise.all([client.counts(), client.info()]);
  await terminal.out.write(
    options.json ? `${printableJson({ ...counts, info })}\n` : infoText(info) + countsText(counts),
  );
}

export async function showMessage(id: string, options: StatusOptions, terminal: Terminal): Promise<void> {
  const view = await openClient(options, terminal).message(id);
  await terminal.out.write(options.json ? `${printableJson(view)}\n` : messageText(view));
}

/** The oldest first, as a list is read that grows at its end. */
export async function showMessages(state: MessageState, options: StatusOptions, terminal: Terminal): Promise<void> {
  const found = await openClient(options, terminal).inState(state);
  const messages = [...found.messages].reverse();
  if (options.json) return terminal.out.write(`${printableJson({ messages, more: found.more })}\n`);
  const rows = messages.map((view) => [view.id, view.to, view.method, formatTime(lastAt(view)), whyText(view)]);
  await terminal.out.write(
    rows.length === 0 ? `no message is ${state}\n` : table([['MESSAGE', 'TO', 'METHOD', 'SINCE', 'WHY'], ...rows]),
  );
  if (found.more) await terminal.err.write(`only the newest ${messages.length} are listed\n`);
}

/** Counts, and who is missing. */
export async function showSubmission(id: string, options: StatusOptions, terminal: Terminal): Promise<void> {
  const progress = await openClient(options, terminal).submissionOf(id);
  if (options.json) return terminal.out.write(`${printableJson(progress)}\n`);
  const { submission, missing, unsuccessful, more, lateJoiners } = progress;
  const rows = missing.map((view) => [view.to, view.state, view.waiting ?? '', view.id]);
  const failed = unsuccessful.map((view) => [view.to, view.state, oneLine(whyText(view)), view.id]);
  const open = rows.length === 0 ? [] : [table([['MISSING', 'STATE', 'WAITS FOR', 'MESSAGE'], ...rows])];
  const ended = failed.length === 0 ? [] : [table([['UNSUCCESSFUL', 'STATE', 'WHY', 'MESSAGE'], ...failed])];
  const lists = [...open, ...ended];
  const list = lists.length === 0 ? 'all have succeeded\n' : lists.join('\n');
  const late = lateJoiners?.open ? `${lateJoinersText(lateJoiners)}\n` : '';
  await terminal.out.write(`${table([['submission', submission], ...countRows(progress.counts)])}${late}\n${list}`);
  if (more) await terminal.err.write(`only the first ${Math.max(missing.length, unsuccessful.length)} are listed\n`);
}

/** Submissions that also go to nodes that appear. */
export async function showOpen(options: StatusOptions, terminal: Terminal): Promise<void> {
  const open = await openClient(options, terminal).openSubmissions();
  if (options.json) return terminal.out.write(`${printableJson(open)}\n`);
  const rows = open.map(({ submission, at, groups, until }) => [
    submission,
    formatTime(at),
    groups.map((group) => `@${group}`).join(', '),
    formatTime(until),
  ]);
  await terminal.out.write(
    rows.length === 0
      ? 'no submission waits for nodes that appear\n'
      : table([['SUBMISSION', 'SINCE', 'ALSO TO NODES OF', 'THAT APPEAR UNTIL'], ...rows]),
  );
}

function lastAt(view: MessageView): number {
  return view.history.at(-1)?.at ?? view.queuedAt;
}

function whyText(view: MessageView): string {
  return view.waiting ?? view.reason ?? view.outcome?.reason ?? '';
}

function infoText({ node, link, store }: Info): string {
  const storeText =
    store.state === 'ok' ? 'ok' : `${store.state}${store.reason === undefined ? '' : `, ${store.reason}`}`;
  return table([
    ['node', node],
    ['link', `${link.state} since ${formatTime(link.since)}, ${link.broker}`],
    ['store', storeText + roomText(store)],
  ]);
}

function roomText({ bytes, quota }: Info['store']): string {
  if (bytes === undefined) return '';
  const mb = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  if (quota === undefined) return `, ${mb(bytes)}`;
  // What has not finished is never removed for it.
  return bytes <= quota ? `, ${mb(bytes)} of at most ${mb(quota)}` : `, ${mb(bytes)}: over its quota of ${mb(quota)}`;
}

function countsText({ counts, waitingReplies, failedReplies }: Counts): string {
  const rows = countRows(counts);
  if (rows.length === 0) return '\nno messages yet\n';
  const replies = [
    ['replies on their way', waitingReplies],
    ['replies that failed', failedReplies],
  ] as const;
  return `\n${table([...rows, ...replies.filter(([, count]) => count > 0)])}`;
}

function countRows(counts: Counts['counts']): readonly (readonly [MessageState, number])[] {
  return messageStates.map((state) => [state, counts[state]] as const).filter(([, count]) => count > 0);
}

function messageText(view: MessageView): string {
  const { outcome } = view;
  const rows: (readonly string[])[] = [
    ['message', view.id],
    ['from, to', `${view.from}, ${view.to}`],
    ...(view.via === undefined ? [] : [['carried by', view.via.join(', ')]]),
    ['method', view.method],
    ...(view.args.length > 0 ? [['arguments', JSON.stringify(view.args)]] : []),
    ['state', stateText(view)],
    ...(outcome === undefined
      ? []
      : [
          ['exit', exitText(view)],
          ['duration', durationText(view)],
          ...(outcome.attempts === undefined ? [] : [['attempts', `${outcome.attempts}, the last one is shown`]]),
          ...outputRow(outcome),
        ]),
    ...(view.reply === undefined ? [] : [['reply', replyText(view)]]),
  ];
  const history = view.history.map(({ at, state, note }) => [formatTime(at), state, oneLine(note ?? '')]);
  return `${table(rows)}\n${table(history)}`;
}

/** Also of one that came in parts; of a run whose end is not known, nobody knows how much there was. */
function outputRow(outcome: NonNullable<MessageView['outcome']>): readonly (readonly string[])[] {
  const { stdoutBytes, stderrBytes } = outcome.streamed ?? outcome;
  if (outcome.state === 'unknown' && stdoutBytes + stderrBytes === 0) return [];
  return [['output', `${stdoutBytes} bytes stdout, ${stderrBytes} bytes stderr`]];
}
