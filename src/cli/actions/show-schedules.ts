// steward schedule: the schedules of a node, from its API, or by a message to it.
import type { Client } from '../../client/client.ts';
import { decode } from '../../base/decode.ts';
import { wentWell } from '../../contract/message-view.ts';
import { schedulesSchema, type SchedulesView, type ScheduleView } from '../../contract/schedules.ts';
import { StewardError } from '../../model/error.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatSpan, formatTime } from '../text/time.ts';
import { askNode } from './ask-node.ts';
import { userName } from './cancel-messages.ts';
import { openClient } from './open-client.ts';

export interface ScheduleOptions extends SocketOption {
  /** Whose; this node's unless given. */
  readonly at?: string;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
  readonly json?: true;
}

const verbs = ['list', 'pause', 'resume', 'cancel'];

/** Throws `invalid-usage`, and what the node answers. */
export async function showSchedules(
  words: readonly string[],
  options: ScheduleOptions,
  context: { shell: Shell; now: number },
): Promise<void> {
  const { shell, now } = context;
  const { terminal } = shell;
  const { at, via } = options;
  const [verb = 'list', ...ids] = words;
  if (!verbs.includes(verb)) throw usage(`there is no "${verb}" of schedules`, `one of ${verbs.join(', ')}`);
  if (verb !== 'list' && ids.length === 0)
    throw usage('no schedule is named', `steward schedule ${verb} ID; steward schedule list shows the ids`);
  if (via !== undefined && at === undefined) throw usage('--via is the way to the node of --at, which is missing');
  const client = openClient(options, terminal);
  const found =
    at === undefined
      ? await client.schedules({ words: [verb, ...ids], by: userName() })
      : await askAt(client, [verb, ...ids], { node: parseNodeName(at), via, shell });
  if (found === undefined) return;
  await terminal.out.write(options.json ? `${printableJson(found)}\n` : textOf(found, now));
}

function usage(message: string, hint = 'steward schedule --help'): StewardError {
  return new StewardError('invalid-usage', message, { hint });
}

/** Undefined where no answer came: that has been said. */
async function askAt(
  client: Client,
  words: readonly string[],
  of: { readonly node: string; readonly via: string | undefined; readonly shell: Shell },
): Promise<SchedulesView | undefined> {
  const { node, via, shell } = of;
  const { terminal, exitWith } = shell;
  const message = { method: 'opSchedule', methodArgs: words, ...(via === undefined ? {} : { via }) };
  const answer = await askNode(client, { node, message, terminal });
  if (answer === undefined) {
    exitWith(exitStatus.interrupted);
    return undefined;
  }
  const { view, output } = answer;
  if (!wentWell(view)) return refused(node, view.outcome?.reason ?? view.reason ?? view.state, { terminal, exitWith });
  const found = decode(schedulesSchema, output.toString());
  if (found === undefined)
    throw new StewardError('internal', `the answer of ${node} has another form than this version knows`);
  return found;
}

async function refused(
  node: string,
  reason: string,
  { terminal, exitWith }: { readonly terminal: Terminal; readonly exitWith: (status: number) => void },
): Promise<undefined> {
  await terminal.err.write(`steward: ${node}: ${oneLine(reason)}\n`);
  exitWith(exitStatus.failed);
  return undefined;
}

function textOf({ schedules, more }: SchedulesView, now: number): string {
  if (schedules.length === 0) return 'no schedule goes\n';
  const rows = schedules.map((one) => [
    one.id,
    one.from,
    `${one.when}${one.timezone === undefined ? '' : ` ${one.timezone}`}`,
    one.pausedBy === undefined ? one.state : `paused by ${one.pausedBy}`,
    one.next === undefined ? '-' : `${formatTime(one.next)} (${inText(one.next - now)})`,
    lastText(one),
    one.runs,
    failedOf(one),
    `${one.missed}${one.missedMore === undefined ? '' : '+'}`,
    one.skipped,
    [one.method, ...one.args].join(' '),
  ]);
  const head = ['ID', 'FROM', 'WHEN', 'STATE', 'NEXT', 'LAST', 'RUNS', 'FAILED', 'MISSED', 'SKIPPED', 'WHAT'];
  return `${table([head, ...rows])}${more ? 'and more\n' : ''}`;
}

/** By the clock here: another node's may show something else. */
function inText(ms: number): string {
  return ms < 0 ? 'now' : `in ${formatSpan(ms)}`;
}

function lastText({ lastRun }: ScheduleView): string {
  if (lastRun === undefined) return '-';
  const { state, exitCode = 0, startedAt } = lastRun;
  return `${formatTime(startedAt)} ${state}${exitCode === 0 ? '' : `, exit ${exitCode}`}`;
}

/** All that did not succeed. */
function failedOf({ ended }: ScheduleView): number {
  return Object.entries(ended).reduce((sum, [state, count]) => (state === 'succeeded' ? sum : sum + count), 0);
}
