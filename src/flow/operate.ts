// The operator's own methods: lists the processes of this node, stops one, and starts it again; and what is done with schedules.
//
// From: run.ts, for messages as for any others. To: the processes of lanes, the subscriptions of methods, and schedules.
// 1. They run inside the commit that accepts them, in lanes of their own: no other work holds them up.
// 2. A lane that is stopped keeps what it has. What runs goes on to its end.
import { describeError, StewardError } from '../model/error.ts';
import { findMethod, isMethodName } from '../model/method-name.ts';
import { laneMethod } from '../model/lane.ts';
import type { Message } from '../model/message.ts';
import { parseNodeName } from '../model/node-name.ts';
import type { RunResult } from '../methods/run.ts';
import type { Context } from './context.ts';
import type { InLanes } from './in-lane.ts';
import { listProcesses } from './process-list.ts';
import { processLines } from './process-lines.ts';
import { wake, type Peers } from './presence.ts';
import type { Process } from './process.ts';
import type { Runner } from './run.ts';
import { orderSchedule } from './schedule/order-schedule.ts';
import type { Schedules } from './schedule/schedules.ts';
import { refuseAlways } from './subscriptions.ts';

export interface OperateParts {
  readonly peers: Peers;
  readonly inLanes: InLanes;
  readonly runner: Runner;
  readonly schedules: Schedules;
}

interface Target {
  readonly process: Process;
  readonly revive: () => void;
}

export function operate(context: Context, parts: OperateParts, message: Message): RunResult {
  const words = message.args
    .join(' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  try {
    if (message.method === 'opProcessList') return answer(list(context, parts, words));
    if (message.method === 'opSchedule') {
      const listed = orderSchedule(context, parts.schedules, { words, by: message.from });
      return answer(`${JSON.stringify(listed)}\n`);
    }
    return answer(
      message.method === 'opProcessStop' ? stop(context, parts, { words, message }) : start(context, parts, words),
    );
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const reason = describeError(error);
    return {
      outcome: { state: 'failed', stdoutBytes: 0, stderrBytes: 0, reason },
      stdout: new Uint8Array(),
      stderr: new Uint8Array(),
    };
  }
}

function answer(text: string): RunResult {
  const stdout = Buffer.from(text);
  return {
    outcome: { state: 'succeeded', stdoutBytes: stdout.length, stderrBytes: 0 },
    stdout,
    stderr: new Uint8Array(),
  };
}

function list(context: Context, parts: OperateParts, words: readonly string[]): string {
  const rows = listProcesses(context, parts);
  return words[0] === 'json' ? `${JSON.stringify(rows)}\n` : processLines(context.node, rows);
}

function stop(context: Context, parts: OperateParts, of: { words: readonly string[]; message: Message }): string {
  const { words, message } = of;
  const method = methodOf(words);
  const reason = `${message.from} has stopped it`;
  if (method !== undefined) {
    context.commit([context.subscriptions.set(method, { stopped: true, from: null, since: context.wall() })]);
    return `subscriber ${method} is stopped\n`;
  }
  if (words[0] === 'subscriber') refuseAlways(laneMethod(words[2] ?? ''));
  const { process } = targetOf(context, parts, words);
  context.supervisor.stop(process.child, reason);
  return `${process.child.spec.id} is stopped\n`;
}

function start(context: Context, parts: OperateParts, words: readonly string[]): string {
  const method = methodOf(words);
  if (method !== undefined) {
    const from = sendersOf(words);
    context.commit([context.subscriptions.set(method, { stopped: false, from, since: context.wall() })]);
    for (const lane of parts.inLanes.values()) if (laneMethod(lane.name) === method) parts.runner.revive(lane);
    return `subscriber ${method} is started${from === null ? '' : `, for messages of ${from.join(', ')}`}\n`;
  }
  const { process, revive } = targetOf(context, parts, words);
  context.supervisor.revive(process.child);
  revive();
  return `${process.child.spec.id} is started\n`;
}

/** `subscriber METHOD`, or `subscriber METHOD from SENDERS`: all of that method, whoever sends. */
function methodOf(words: readonly string[]): string | undefined {
  const [kind, name = '', preposition] = words;
  const isWhole = kind === 'subscriber' && (words.length === 2 || (words.length === 4 && preposition === 'from'));
  if (!isWhole) return undefined;
  const found = isMethodName(name) ? name : findMethod(name)?.name;
  if (found === undefined)
    throw new StewardError('invalid-usage', `there is no method ${name}`, { hint: 'name it as in a message file' });
  return found;
}

function sendersOf(words: readonly string[]): readonly string[] | null {
  const names = words[3]?.split(',').filter((name) => name !== '') ?? [];
  if (names.length === 0 || names.includes('*')) return null;
  return names.map(parseNodeName);
}

/** `publisher NODE LANE`, or `subscriber NODE LANE`, as the list names them. */
function targetOf(context: Context, parts: OperateParts, words: readonly string[]): Target {
  const [kind, node = '', name = ''] = words;
  if (kind === 'publisher' && words.length === 3) {
    const peer = parts.peers.get(node);
    const lane = peer?.lanes.get(name);
    if (peer !== undefined && lane?.process !== undefined)
      return { process: lane.process, revive: () => wake(context, peer) };
  }
  if (kind === 'subscriber' && words.length === 3) {
    const lane = [...parts.inLanes.values()].find((one) => one.from === node && one.name === name);
    if (lane?.process !== undefined) return { process: lane.process, revive: () => parts.runner.revive(lane) };
  }
  if (kind === 'run') throw new StewardError('invalid-usage', 'a run cannot be stopped or started by itself');
  throw new StewardError('invalid-usage', `there is no process "${words.join(' ')}" on ${context.node}`, {
    hint: `name one of the list ("steward ps ${context.node}"), or "subscriber METHOD"`,
  });
}
