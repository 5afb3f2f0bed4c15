// A message as JSON with short keys, defaults left out. The same text is kept in the store and sent, so that sending costs no encoding.
import { packSettings, unpackSettings } from './command-settings.ts';
import { invalid } from './frame.ts';
import { fields, integer, integerOr, list, messageId, node, span, spanOr, text, texts, type Fields } from './field.ts';
import { packRunOf, packSchedule, unpackRunOf, unpackSchedule } from './schedule.ts';
import { longestReason, packReplyTo, unpackReplyTo } from './outcome.ts';
import { readConditions, type FactCondition } from '../model/fact-condition.ts';
import { isMethodName, methodEntry, takesPrecondition, type MethodName } from '../model/method-name.ts';
import {
  controlLane,
  isControl,
  isUnordered,
  laneMethod,
  laneOf,
  priorityOf,
  routeOf,
  type LaneName,
} from '../model/lane.ts';
import {
  inlineBodyBytes,
  maxMethodRetries,
  usualPriority,
  type Message,
  type PassedAnswer,
  type Passage,
  type ReplySpec,
} from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { maxHops, refuseWay } from '../model/route.ts';
import { passageStates } from '../model/state.ts';

const defaults = {
  ackTimeoutMs: 10_000,
  retries: -1,
  retryWaitMs: 0,
  expiresMs: 30 * 86_400_000,
  methodTimeoutMs: 10_000,
};

type Compact = Record<string, unknown>;

/** Drops what is undefined or equal to its default; the key stays out of the JSON. */
function put(target: Compact, key: string, value: unknown, otherwise?: unknown): void {
  if (value !== undefined && value !== otherwise) target[key] = value;
}

/** Sender, receiver, method, priority and order are said by the lane, and not again here; in the control lane, the method is. */
export function packHead(message: Message): string {
  const head: Compact = { i: message.id };
  if (isControl(laneOf(message))) head['m'] = message.method;
  if (message.args.length > 0) head['a'] = message.args;
  put(
    head,
    'k',
    message.rerun === methodEntry(message.method).rerun ? undefined : message.rerun === 'always' ? 'a' : 'n',
  );
  packCriteria(head, message);
  put(head, 'g', message.isTimeOpen === true ? 1 : undefined);
  put(head, 'u', message.methodRetries, 0);
  put(head, 'v', message.methodRetryWaitMs, 0);
  put(head, 'x', message.expiresMs, defaults.expiresMs);
  put(head, 'd', message.directory, '');
  put(head, 'n', message.fileName, '');
  put(head, 'c', message.description);
  put(head, 'e', message.endsNode === true ? 1 : undefined);
  put(head, 'D', message.detach === true ? 1 : undefined);
  if (message.settings !== undefined) head['O'] = packSettings(message.settings);
  put(head, 'I', message.stdinFile);
  put(head, 'l', message.largeOutput === true ? 1 : undefined);
  if (message.schedule !== undefined) head['S'] = packSchedule(message.schedule);
  if (message.runOf !== undefined) head['o'] = packRunOf(message.runOf);
  put(head, 'F', message.onlyIfFact);
  put(head, 'z', message.bodySize, 0);
  if (message.reply !== undefined) head['p'] = packReply(message.reply);
  if (message.replyTo !== undefined) head['q'] = packReplyTo(message.replyTo);
  if (message.answerOf !== undefined) head['A'] = { ...packReplyTo(message.answerOf), f: message.answerOf.from };
  if (message.passage !== undefined) head['b'] = packPassage(message.passage);
  put(head, 'h', message.via);
  return JSON.stringify(head);
}

function packCriteria(
  head: Compact,
  of: Pick<Message, 'ackTimeoutMs' | 'retries' | 'retryWaitMs' | 'methodTimeoutMs'>,
): void {
  put(head, 't', of.ackTimeoutMs, defaults.ackTimeoutMs);
  put(head, 'r', of.retries, defaults.retries);
  put(head, 'w', of.retryWaitMs, defaults.retryWaitMs);
  put(head, 'y', of.methodTimeoutMs, defaults.methodTimeoutMs);
}

function packReply(reply: ReplySpec): Compact {
  const head: Compact = {};
  put(head, 'm', reply.method, 'fileAppend');
  if (reply.args.length > 0) head['a'] = reply.args;
  put(head, 'n', reply.partsTo);
  packCriteria(head, reply);
  return head;
}

function packPassage({ id, to, method, state, hop, reason }: Passage): Compact {
  const head: Compact = { i: id, t: to, m: method, s: state };
  put(head, 'n', hop);
  put(head, 'x', reason?.slice(0, longestReason));
  return head;
}

/** Where it was found: who handed it over to whom. Where its lane has a route, that says whose it is. */
export interface HeadPlace {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly lane: LaneName;
}

/** Throws `invalid-frame` for anything that `packHead` cannot have made. */
export function unpackHead(value: unknown, place: HeadPlace): Message {
  const head = fields(value);
  const method = methodName(isControl(place.lane) ? text(head, 'm', 64) : laneMethod(place.lane));
  const unordered = isUnordered(place.lane);
  const { from, to } = routeOf(place.lane) ?? place;
  const priority = isControl(place.lane) ? usualPriority : priorityOf(place.lane);
  const ranked = priority === usualPriority ? {} : { priority };
  const via = head['h'] === undefined ? {} : { via: unpackVia(head, { from, to }) };
  const replyTo: Pick<Message, 'replyTo'> =
    head['q'] === undefined ? {} : { replyTo: unpackReplyTo(fields(head['q'])) };
  const passage = head['b'] === undefined ? {} : { passage: unpackPassage(fields(head['b'])) };
  const lane = laneOf({ method, unordered, from, to, ...ranked, ...via, ...replyTo, ...passage });
  // Before there was a control lane, each operation had a lane of its own: such rows are still in stores.
  if (lane !== place.lane && !(lane === controlLane && place.lane === method))
    throw invalid('a message of another lane');
  if (replyTo.replyTo?.part !== undefined && integerOr(head, 'z', 0) > inlineBodyBytes)
    throw invalid('a part of an output that is too large');
  const rerun = head['k'];
  const beyond = Object.keys(head).filter(
    // A condition is known, and looked at for some methods only.
    (key) => /^[A-Z]/.test(key) && (!knownKeys.has(key) || (key === 'F' && !takesPrecondition(method))),
  );
  if (rerun !== undefined && rerun !== 'a' && rerun !== 'n') throw invalid('"k" is neither "a" nor "n"');
  return {
    id: messageId(head, 'i'),
    from,
    to,
    ...via,
    method,
    args: texts(head, 'a'),
    unordered,
    ...ranked,
    rerun: rerun === undefined ? methodEntry(method).rerun : rerun === 'a' ? 'always' : 'never',
    ...unpackCriteria(head),
    expiresMs: spanOr(head, 'x', defaults.expiresMs),
    directory: head['d'] === undefined ? '' : text(head, 'd'),
    fileName: head['n'] === undefined ? '' : text(head, 'n'),
    bodySize: integerOr(head, 'z', 0),
    ...(head['g'] === 1 ? { isTimeOpen: true as const } : {}),
    ...(head['u'] === undefined ? {} : { methodRetries: methodRetries(head, 'u') }),
    ...(head['v'] === undefined ? {} : { methodRetryWaitMs: span(head, 'v') }),
    ...(head['c'] === undefined ? {} : { description: text(head, 'c') }),
    ...(head['e'] === 1 ? { endsNode: true as const } : {}),
    ...(head['D'] === 1 ? { detach: true as const } : {}),
    ...(head['O'] === undefined ? {} : { settings: unpackSettings(fields(head['O'])) }),
    ...(head['I'] === undefined ? {} : { stdinFile: unpackPath(head, 'I') }),
    ...(head['l'] === 1 ? { largeOutput: true as const } : {}),
    ...(head['S'] === undefined ? {} : { schedule: unpackSchedule(fields(head['S'])) }),
    ...(head['o'] === undefined ? {} : { runOf: unpackRunOf(fields(head['o'])) }),
    ...(head['F'] === undefined ? {} : { onlyIfFact: unpackConditions(head['F']) }),
    ...(beyond.length === 0 ? {} : { beyond }),
    ...(head['p'] === undefined ? {} : { reply: unpackReply(fields(head['p'])) }),
    ...replyTo,
    ...(head['A'] === undefined ? {} : { answerOf: unpackAnswer(fields(head['A'])) }),
    ...passage,
  };
}

function unpackAnswer(head: Fields): PassedAnswer {
  return { ...unpackReplyTo(head), from: node(head, 'f') };
}

/** A key with a capital letter has to be understood by whoever runs the message; any other may be new, and is left alone. */
const knownKeys: ReadonlySet<string> = new Set('ODAFSI');

function unpackPath(head: Fields, key: string): string {
  const path = text(head, key);
  if (path === '' || path.includes('\0')) throw invalid(`"${key}" is no path`);
  return path;
}

function unpackConditions(value: unknown): readonly FactCondition[] {
  const read = readConditions(value);
  if ('problem' in read) throw invalid(`"F": ${read.problem.message}`);
  return read;
}

function unpackVia(head: Fields, of: { readonly from: NodeName; readonly to: NodeName }): readonly NodeName[] {
  const via = list(head, 'h', maxHops).map((name) => node({ name }, 'name'));
  const refusal = refuseWay({ ...of, via });
  if (refusal !== undefined) throw invalid(refusal);
  return via;
}

function unpackPassage(head: Fields): Passage {
  const state = passageStates.find((known) => known === head['s']);
  if (state === undefined) throw invalid('"s" is no state of a message on its way');
  return {
    id: messageId(head, 'i'),
    to: node(head, 't'),
    method: methodName(text(head, 'm', 64)),
    state,
    ...(head['n'] === undefined ? {} : { hop: node(head, 'n') }),
    ...(head['x'] === undefined ? {} : { reason: text(head, 'x', longestReason) }),
  };
}

/** One that asks for more than intake takes is refused: it would hold its lane for as long. */
function methodRetries(head: Fields, key: string): number {
  const value = integer(head, key);
  if (value > maxMethodRetries) throw invalid(`"${key}" is more than ${maxMethodRetries}`);
  return value;
}

function methodName(name: string): MethodName {
  if (!isMethodName(name)) throw invalid(`unknown method "${name}"`);
  return name;
}

function unpackCriteria(head: Fields): Pick<Message, 'ackTimeoutMs' | 'retries' | 'retryWaitMs' | 'methodTimeoutMs'> {
  return {
    ackTimeoutMs: spanOr(head, 't', defaults.ackTimeoutMs),
    retries: integerOr(head, 'r', defaults.retries, -1),
    retryWaitMs: spanOr(head, 'w', defaults.retryWaitMs),
    methodTimeoutMs: spanOr(head, 'y', defaults.methodTimeoutMs, -1),
  };
}

function unpackReply(head: Fields): ReplySpec {
  const method = head['m'] === undefined ? 'fileAppend' : methodName(text(head, 'm', 64));
  if (!methodEntry(method).reply) throw invalid(`"${method}" is no method for a reply`);
  const partsTo = head['n'] === undefined ? {} : { partsTo: node(head, 'n') };
  return { method, args: texts(head, 'a'), ...unpackCriteria(head), ...partsTo };
}
