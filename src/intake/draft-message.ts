// From one message of a file to its drafts: the rules of docs/compatibility.md, "Message fields".
import { inlineBodyBytes, usualPriority, type Draft, type Message } from '../model/message.ts';
import { isOperation, methodEntry, type MethodName, type Rerun } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { OwnList } from '../model/own-method.ts';
import { toldBy } from './told-method.ts';
import { refuse, valueOf, type Given } from './given-fields.ts';
import { lateMessage, readLateJoiners, type LateMessage } from './late-joiners.ts';
import { readAfter } from './read-after.ts';
import { readLife } from './read-life.ts';
import { readMethod, type NamedMethod } from './read-method.ts';
import { readOperation } from './read-operation.ts';
import { localTarget, readTargets, type MembersOf } from './read-targets.ts';
import { readSchedule, readScheduledGet } from './read-schedule.ts';
import { passOn, readReplyTo, sendParts } from './read-reply-to.ts';
import { readOnlyIfFact, readSettings } from './read-settings.ts';
import { readStdinFile } from './read-stdin-file.ts';
import { warnOfStream } from './read-stream.ts';
import { warnOfVariables } from './warn-of-variables.ts';
import { readWay } from './read-way.ts';
import { readExpires, readReply, readSpans } from './read-spans.ts';
import { readWork, type FileOf } from './read-work.ts';
import { readBoolean, readChoice, readCount, readPath, readShortText, readSpan } from './read-value.ts';

/** What holds where a message says nothing. Milliseconds; -1 as in `Message`. */
export interface DraftDefaults {
  readonly ackTimeoutMs: number;
  readonly retries: number;
  readonly methodTimeoutMs: number;
  readonly expiresMs: number;
  /** Per method; the method's own where absent. */
  readonly rerun?: Readonly<Partial<Record<MethodName, Rerun>>>;
  /** Where the messages are taken in, as their sender. */
  readonly node?: NodeName;
  /** They are for `node` alone, and `fromNode` says where their answers go. */
  readonly isLocal?: true;
  /** Absent: no groups are known. */
  readonly membersOf?: MembersOf;
  /** What a node has told of its own methods. */
  readonly ownMethodsOf?: (node: NodeName) => OwnList | undefined;
  /** Whether `node` has this own method now. */
  readonly hasOwnMethod?: (name: string) => boolean;
  /** Absent: messages name no files. */
  readonly fileOf?: FileOf;
}

export interface Drafted {
  /** One for each node. They share everything but `to`, and `fileName` where it is made of the node's name. */
  readonly drafts: readonly Draft[];
  /** Absent: it goes to nobody else. */
  readonly late?: LateMessage;
  /** What its author should know of it. */
  readonly warnings: readonly string[];
}

export function draftMessage(given: Given, defaults: DraftDefaults): Drafted {
  refuseId(given);
  const lateJoiners = readLateJoiners(given);
  const { names: targets, groups } = isLocal(defaults)
    ? localTarget(given, defaults.node)
    : readTargets(given, defaults.membersOf, lateJoiners);
  const operation = readOperation(given);
  const scheduledGet = readScheduledGet(given);
  const said = operation ?? scheduledGet;
  const method = said?.method ?? readMethod(given);
  const {
    args,
    body,
    hasVariables = false,
  } = said === undefined ? readWork(given, method, defaults.fileOf) : { ...said, body: noBody };
  const spans = readSpans(given, defaults, method.name);
  refuseLargeWithoutAck(given, { ackTimeoutMs: spans.ackTimeoutMs, bytes: body.length });
  const reply = readReply(given, { method: method.name, spans });
  const unordered = readUnordered(given, method);
  const rerun = readChoice(given, 'rerun') ?? defaults.rerun?.[method.name] ?? methodEntry(method.name).rerun;
  const expiresMs = readExpires(given) ?? defaults.expiresMs;
  const directory = readPath(given, 'directory');
  const fileName = readFileName(given, method);
  const wayTo = readWay(given, { from: defaults.node, targets, lateJoiners, ackTimeoutMs: spans.ackTimeoutMs });
  const schedule = readSchedule(given, {
    method: method.name,
    ackTimeoutMs: spans.ackTimeoutMs,
    bytes: body.length,
    when: scheduledGet?.when,
  });
  const replyTo = readReplyTo(given, {
    message: { method: method.name, ackTimeoutMs: spans.ackTimeoutMs },
    reply,
    lateJoiners,
    node: defaults.node,
    field: isLocal(defaults) && valueOf(given, 'replyTo') === undefined ? 'fromNode' : 'replyTo',
    isLocal: isLocal(defaults),
  });
  const after = readAfter(given, { method: method.name, lateJoiners });
  const stdinFile = readStdinFile(given, {
    method: method.name,
    hasBody: body.length > 0 || hasVariables,
    isScheduled: schedule !== undefined,
  });
  const rare = readRare(given, method.name, spans.ackTimeoutMs);
  const goesOn = methodEntry(method.name).streams === true ? sendParts : passOn;
  const told = toldBy(given, { method, args, defaults });
  const draftFor = (to: NodeName): Draft => {
    // Written out: a spread of the shared part costs five times as much, and this runs for every message of a large file.
    const message: Draft['message'] = {
      to,
      method: method.name,
      args,
      unordered,
      rerun,
      ackTimeoutMs: spans.ackTimeoutMs,
      retries: spans.retries,
      retryWaitMs: spans.retryWaitMs,
      expiresMs,
      methodTimeoutMs: spans.methodTimeoutMs,
      directory,
      fileName: fileName(to),
      reply,
      bodySize: body.length,
    };
    const read = stdinFile === undefined ? message : { ...message, stdinFile };
    const own = told === undefined ? read : { ...read, ...told.of(to) };
    const once = rare === undefined ? own : { ...own, ...rare };
    const whole = schedule === undefined ? once : { ...once, schedule };
    const sent = wayTo === undefined ? whole : { ...whole, ...wayTo(to) };
    const parts = replyTo === undefined ? { message: sent } : goesOn(sent, replyTo);
    return after === undefined ? { ...parts, body } : { ...parts, body, after };
  };
  const drafts = targets.map(draftFor);
  const warnings = [...warnOfStream(given), ...warnOfVariables(given), ...(told?.warnings() ?? [])];
  if (!lateJoiners) return { drafts, warnings };
  return {
    drafts,
    warnings,
    late: lateMessage(given, {
      model: draftFor(someNode),
      method: operation === undefined ? method : undefined,
      groups,
    }),
  };
}

function isLocal(defaults: DraftDefaults): defaults is DraftDefaults & { readonly node: NodeName } {
  return defaults.isLocal === true && defaults.node !== undefined;
}

/** Only what is the same for every node is taken of what is made for it. */
const someNode = 'some-node';

function readUnordered(given: Given, method: NamedMethod): boolean {
  const unordered = readBoolean(given, 'unordered') ?? method.unordered;
  if (!unordered || !isOperation(method.name)) return unordered;
  return refuse(given, 'unordered', {
    message: `${method.name} is carried out in the order in which it was given`,
    hint: 'leave unordered out',
  });
}

/** Fields that few messages have. */
function readRare(
  given: Given,
  method: MethodName,
  ackTimeoutMs: number,
):
  | Pick<
      Message,
      | 'description'
      | 'key'
      | 'priority'
      | 'methodRetries'
      | 'methodRetryWaitMs'
      | 'endsNode'
      | 'detach'
      | 'largeOutput'
      | 'settings'
      | 'onlyIfFact'
    >
  | undefined {
  const description = readShortText(given, 'description');
  const key = readShortText(given, 'key');
  const priority = readPriority(given, { method, ackTimeoutMs });
  const methodRetries = readCount(given, 'methodRetries') || undefined;
  const methodRetryWaitMs = readSpan(given, 'methodRetryWait') || undefined;
  const life = readLife(given, method);
  const settings = readSettings(given, method);
  const onlyIfFact = readOnlyIfFact(given, method);
  if (
    Object.keys(life).length === 0 &&
    [description, key, priority, methodRetries, methodRetryWaitMs, settings, onlyIfFact].every(
      (value) => value === undefined,
    )
  )
    return undefined;
  return {
    ...(description === undefined ? {} : { description }),
    ...(key === undefined ? {} : { key }),
    ...(priority === undefined ? {} : { priority }),
    ...(methodRetries === undefined ? {} : { methodRetries }),
    ...(methodRetryWaitMs === undefined ? {} : { methodRetryWaitMs }),
    ...life,
    ...(settings === undefined ? {} : { settings }),
    ...(onlyIfFact === undefined ? {} : { onlyIfFact }),
  };
}

const noBody = new Uint8Array(0);

/** Undefined where it is the usual one. */
function readPriority(
  given: Given,
  { method, ackTimeoutMs }: { readonly method: MethodName; readonly ackTimeoutMs: number },
): number | undefined {
  const priority = readCount(given, 'priority');
  if (priority !== undefined && ackTimeoutMs === 0)
    refuse(given, 'priority', {
      message: 'a message that wants no ACK (ACKTimeout 0) waits for nothing, and has no priority',
      hint: 'leave out priority, or give ACKTimeout seconds',
    });
  if (priority !== undefined && isOperation(method))
    refuse(given, 'priority', { message: `${method} goes before all else`, hint: 'leave priority out' });
  return priority === usualPriority ? undefined : priority;
}

function refuseId(given: Given): void {
  // 0 and nothing are what the originals' programs wrote where there was none yet.
  const id = valueOf(given, 'id');
  if (id === undefined || id === 0 || id === '') return;
  return refuse(given, 'id', {
    message: 'a message gets its id from the node',
    hint: 'leave it out; the answer names the ids',
  });
}

/** What is handed over once, without an answer, cannot go in pieces. */
function refuseLargeWithoutAck(given: Given, work: { readonly ackTimeoutMs: number; readonly bytes: number }): void {
  if (work.ackTimeoutMs > 0 || work.bytes <= inlineBodyBytes) return;
  refuse(given, 'data', {
    message: `a message that wants no ACK (ACKTimeout 0) has at most ${inlineBodyBytes} bytes of data`,
    hint: 'leave out ACKTimeout, or give it seconds',
  });
}

/** `fileName`, else the original's earlier rule: node, method and `fileExtension`. */
function readFileName(given: Given, method: NamedMethod): (to: string) => string {
  const fileName = readPath(given, 'fileName');
  const extension = readPath(given, 'fileExtension');
  if (fileName !== '' || extension === '') return () => fileName;
  return (to) => `${to}.${method.written}${extension}`;
}
