// Output that comes in parts. I1: a command is asked for more only when what it printed is durable. I3: the outcome tells of the parts that
// went ahead, and of no others. I7: they are accepted in their order, and before the outcome. P7: at every moment the file of an output
// holds the beginning of what the command printed, once and without a gap; and in the end all of what was durable.
import type { RunRequest } from '../../src/methods/run.ts';
import { methodEntry } from '../../src/model/method-name.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import { errorFileOf, targetSegments } from '../../src/methods/files/target-path.ts';
import { wireLane } from '../../src/model/lane.ts';
import { unpackHead } from '../../src/wire/message-head.ts';
import type { Machine } from '../world/machine.ts';
import { linesOf } from '../world/method-results.ts';
import { endedIn } from './answers.ts';
import type { MessageFacts } from './facts.ts';
import type { Judge } from './judge.ts';

const marks = ['/', '!'] as const;
type Mark = (typeof marks)[number];

/** One run of a command: what of its output is durable where it runs. */
interface Printed {
  readonly machine: Machine;
  readonly all: Readonly<Record<Mark, string>>;
  /** Parts in commits that are done, or about to be. */
  parts: number;
  durable: number;
  readonly bytes: Record<Mark, number>;
}

export interface StreamFacts {
  readonly id: string;
  readonly runs: Printed[];
  /** Paths of its output where it goes. */
  readonly paths: Map<Mark, string>;
  /** Some of it may be given up on its way: what comes then keeps its order, and has gaps. */
  isLossy: boolean;
  /** It wants no ACK: any of it may be lost, or overtaken. */
  isLoose: boolean;
  /** Bytes of the parts that have ended where it goes: they stand there for good. */
  readonly written: Record<Mark, number>;
}

export function noteStreamRun(judge: Judge, machine: Machine, { message }: RunRequest): void {
  const { id } = message;
  if (methodEntry(message.method).streams !== true) return;
  const stream = judge.streams.get(id) ?? {
    id,
    runs: [],
    paths: new Map<Mark, string>(),
    isLossy: false,
    isLoose: false,
    written: { '/': 0, '!': 0 },
  };
  judge.streams.set(id, stream);
  const all = { '/': linesOf(message, '/').join(''), '!': linesOf(message, '!').join('') };
  stream.runs.push({ machine, all, parts: 0, durable: 0, bytes: { '/': 0, '!': 0 } });
}

export function checkTook(judge: Judge, machine: Machine, what: { id: string; parts: number }): void {
  const printed = printedAt(judge, machine, what.id);
  if (printed !== undefined && printed.durable >= what.parts) return;
  const text = `asked for more after part ${what.parts}, and ${printed?.durable ?? 0} are durable`;
  judge.report(machine, { invariant: 'I1', text, id: what.id });
}

function printedAt(judge: Judge, machine: Machine, id: string): Printed | undefined {
  return judge.streams.get(id)?.runs.findLast((run) => run.machine === machine);
}

/** Before the commit. */
export function checkStreams(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  const ended = new Set(endedIn(machine, ops));
  for (const op of ops) {
    if (op.op === 'outbox-wish') noteWish(judge, machine, op.ord);
    const facts = op.op === 'outbox-add' || op.op === 'inbox-add' ? judge.messages.get(op.record.id) : undefined;
    const stream = judge.streams.get(facts?.requestId ?? '');
    if (facts === undefined || stream === undefined) continue;
    if (op.op === 'inbox-add') accepted(judge, machine, { facts, stream });
    else if (facts.part === undefined) told(judge, machine, { facts, isEnd: ended.has(stream.id) });
    // Given up where it came from, or by a node that carries it: what is left of it is the bare word of its end.
    else if (facts.method === 'none') stream.isLossy = true;
    else if (facts.from === machine.name) added(judge, machine, { facts, stream });
  }
}

function noteWish(judge: Judge, machine: Machine, ord: number): void {
  noteGivenUp(judge, judge.messages.get(machine.disk.store.look().outbox.get(ord)?.id ?? ''));
}

/** A void may leave before the wish is durable (custody rule 4: an ACK of it says as much). */
export function noteGivenUp(judge: Judge, facts: MessageFacts | undefined): void {
  const stream = facts?.part === undefined ? undefined : judge.streams.get(facts.requestId ?? '');
  if (stream !== undefined) stream.isLossy = true;
}

/** A part becomes durable where the command runs. */
function added(judge: Judge, machine: Machine, what: { facts: MessageFacts; stream: StreamFacts }): void {
  const { facts, stream } = what;
  const { id, part = 0, body } = facts;
  if (!facts.wantsAck) stream.isLoose = true;
  const printed = printedAt(judge, machine, stream.id);
  const fault = (text: string): void => judge.report(machine, { invariant: 'P7', text, id });
  if (printed === undefined) return fault('a part of what never ran');
  if (part !== printed.parts + 1) fault(`part ${part} comes after part ${printed.parts}`);
  printed.parts = part;
  const text = Buffer.from(body).toString();
  const { bytes, all } = printed;
  const starts = marks.map((mark) => all[mark].slice(bytes[mark]));
  const out = beginningOf(text, starts[0] ?? '');
  if (!(starts[1] ?? '').startsWith(text.slice(out))) return fault(`part ${part} is not what was printed next`);
  bytes['/'] += out;
  bytes['!'] += text.length - out;
  notePaths(stream, { facts, machine });
}

/** How much of it is the beginning of that. */
function beginningOf(text: string, printed: string): number {
  let length = 0;
  while (length < text.length && text[length] === printed[length]) length += 1;
  // Lines of both begin with the same id.
  return text.lastIndexOf('\n', length - 1) + 1;
}

function notePaths(stream: StreamFacts, of: { facts: MessageFacts; machine: Machine }): void {
  const { facts, machine } = of;
  if (stream.paths.size > 0) return;
  const place = { from: machine.name, to: facts.to, lane: wireLane(facts.lane) };
  const path = targetSegments(unpackHead(JSON.parse(facts.head), place)).join('/');
  stream.paths.set('/', path).set('!', errorFileOf(path));
}

/** The outcome becomes durable where the command ran. */
function told(judge: Judge, machine: Machine, what: { facts: MessageFacts; isEnd: boolean }): void {
  const { facts, isEnd } = what;
  const { streamed, requestId = '' } = facts;
  const printed = printedAt(judge, machine, requestId);
  if (streamed === undefined || !isEnd || printed === undefined) return;
  const is = [printed.parts, printed.bytes['/'], printed.bytes['!']].join(', ');
  if (streamed.join(', ') === is) return;
  const text = `its outcome tells of ${streamed.join(', ')} parts and bytes, and ${is} are durable`;
  judge.report(machine, { invariant: 'I3', text, id: requestId });
}

function accepted(judge: Judge, machine: Machine, what: { facts: MessageFacts; stream: StreamFacts }): void {
  const { facts, stream } = what;
  const { lastPart } = judge.ledgerOf(machine);
  const last = lastPart.get(stream.id) ?? 0;
  const { part, streamed, id } = facts;
  const excused = stream.isLossy || stream.isLoose || wasForgotten(judge, facts);
  const fault = (text: string): void => judge.report(machine, { invariant: 'I7', text, id });
  if (part !== undefined) {
    // It may run again, if it asks for that: then it begins again.
    const isNext = part === last + 1 || (part === 1 && stream.runs.length > 1);
    if (facts.method !== 'none' && !isNext && !excused) fault(`part ${part} is accepted after part ${last}`);
    lastPart.set(stream.id, part);
  } else if (streamed !== undefined && facts.method !== 'none' && streamed[0] > 0 && streamed[0] !== last && !excused)
    fault(`its outcome is accepted after part ${last} of ${streamed[0]}`);
}

/** A store that it passed has been exchanged: what was forgotten may come again, later, or not at all. */
function wasForgotten(judge: Judge, reply: MessageFacts): boolean {
  const request = judge.messages.get(reply.requestId ?? '');
  return judge.wasExchanged([...reply.senders, reply.to, ...(request?.senders ?? [])]);
}

/** After a commit that ends a part, or the outcome, where it goes. */
export function checkStreamFiles(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  if (judge.streams.size === 0) return;
  const { inbox } = machine.disk.store.look();
  const seen = new Set<string>();
  for (const op of ops) {
    if (op.op === 'outbox-add') noteDurable(judge, machine, op.record.id);
    if (op.op !== 'inbox-end') continue;
    const facts = judge.messages.get(inbox.get(op.ord)?.id ?? '');
    const stream = judge.streams.get(facts?.requestId ?? '');
    if (facts === undefined || stream === undefined) continue;
    const text = Buffer.from(facts.body).toString();
    for (const mark of marks) stream.written[mark] += linesOfStream(text, stream.id, mark).length;
    seen.add(stream.id);
  }
  for (const id of seen) checkContent(judge, machine, { id, isAll: false });
}

function noteDurable(judge: Judge, machine: Machine, id: string): void {
  const facts = judge.messages.get(id);
  const printed = facts?.part === undefined ? undefined : printedAt(judge, machine, facts.requestId ?? '');
  if (printed !== undefined) printed.durable = printed.parts;
}

/** `isAll`: everything has come to rest. */
export function checkContent(judge: Judge, machine: Machine, what: { id: string; isAll: boolean }): void {
  const { id, isAll } = what;
  const stream = judge.streams.get(id);
  const request = judge.messages.get(id);
  if (stream === undefined || request === undefined) return;
  const nodes = [...request.senders, request.to, machine.name, ...waysBack(judge, id)];
  if (judge.wasExchanged(nodes)) return;
  for (const [mark, path] of stream.paths) {
    const printed = stream.runs.map(({ all, bytes }) => all[mark].slice(0, bytes[mark])).join('');
    const stands = linesOfStream(machine.files.files.get(path)?.toString('latin1') ?? '', id, mark);
    const fault = (text: string): void => judge.report(machine, { invariant: 'P7', text: `${path} ${text}`, id });
    if (stream.isLoose) {
      if (!isEachOnce(stands, printed)) fault('holds other lines than were printed, or one twice');
    } else if (stream.isLossy) {
      if (!isInOrder(stands, printed)) fault('holds other lines than were printed, or in another order');
    } else if (!stands.startsWith(printed.slice(0, stream.written[mark])))
      fault(`does not hold the ${stream.written[mark]} bytes of the parts that have ended`);
    else if (!printed.startsWith(stands) && !(wasTorn(judge, id) && isInOrder(stands, printed)))
      fault('does not hold the beginning of what was printed');
    else if (isAll && stands.length < printed.length)
      fault(`holds ${stands.length} bytes of the ${printed.length} that were durable`);
  }
}

function waysBack(judge: Judge, id: string): readonly string[] {
  const first = [...judge.messages.values()].find(({ requestId }) => requestId === id);
  return first?.senders ?? [];
}

/** Others write to the same file. */
function linesOfStream(text: string, id: string, mark: Mark): string {
  return (text.match(new RegExp(`${id}${mark}\\d+\n`, 'g')) ?? []).join('');
}

/** A batch of parts was cut while it was written: it leaves holes, until each of them has been written again. */
function wasTorn(judge: Judge, id: string): boolean {
  return [...judge.messages.values()].some((one) => one.requestId === id && one.part !== undefined && one.interrupted);
}

function isInOrder(stands: string, printed: string): boolean {
  const lines = stands.split('\n');
  let at = 0;
  for (const line of printed.split('\n')) if (line === lines[at]) at += 1;
  return at >= lines.length || lines[at] === '';
}

function isEachOnce(stands: string, printed: string): boolean {
  const left = printed.split('\n');
  for (const line of stands.split('\n').slice(0, -1)) {
    const at = left.indexOf(line);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}
