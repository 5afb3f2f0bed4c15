// The message: one unit of work for one node. What travels and is kept; nothing about where it is.
import type { FactCondition } from './fact-condition.ts';
import { methodEntry, type MethodName, type Rerun } from './method-name.ts';
import type { NodeName } from './node-name.ts';
import type { RunOf, Schedule } from './schedule.ts';
import type { PassageState } from './state.ts';

/** Unique and sortable: see id.ts. */
export type MessageId = string;

/** Bodies up to this many bytes travel with their message; larger ones go ahead in pieces, which needs the receiver's answers. */
export const inlineBodyBytes = 32 * 1024;

/** Most bytes of a message's arguments, and of its reply's, as JSON: both, every other field and a small body fit one frame (wire/frame.ts). */
export const maxArgsBytes = 192 * 1024;

/** Most messages that one may wait for. */
export const maxAfter = 100;

/** Most runs after the first that a message may ask for. */
export const maxMethodRetries = 1000;

/** From 0 to this; the larger one goes first. */
export const highestPriority = 9;
/** Of a message that does not say. */
export const usualPriority = 4;

/** How the answer is to be treated, chosen by the sender of the request. */
export interface ReplySpec {
  readonly method: MethodName;
  readonly args: readonly string[];
  readonly ackTimeoutMs: number;
  readonly retries: number;
  readonly retryWaitMs: number;
  readonly methodTimeoutMs: number;
  /** Of what a node asks of itself: another node, which treats its output where that comes in parts. */
  readonly partsTo?: NodeName;
}

/** How a method ended. Byte counts are those of the whole output, which travels as the body. */
export interface Outcome {
  readonly state: 'succeeded' | 'failed' | 'timedOut' | 'cancelled' | 'rejected' | 'unknown';
  readonly exitCode?: number;
  readonly signal?: string;
  readonly startedAt?: number;
  readonly durationMs?: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Why, where the exit code does not say it: `output too large`, `node stopped`, … */
  readonly reason?: string;
  /** How often it was started, where that was more than once: this is the end of the last one. */
  readonly attempts?: number;
  /** Of a method whose output went ahead of its outcome, in messages of their own: how much that was. The other counts are 0 then. */
  readonly streamed?: Streamed;
}

export interface Streamed {
  readonly parts: number;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** What a reply says of the request that caused it. */
export interface ReplyTo {
  readonly id: MessageId;
  readonly method: MethodName;
  readonly outcome: Outcome;
  /** It brings output of a method that still runs: which part of it, from 1. Its outcome is none, and says only how much of it is what. */
  readonly part?: number;
  /** Of such a part: whoever gets it has not asked for it; the node that has the request asked itself. */
  readonly isAsked?: false;
  /** It answers this run of a schedule, which goes on. */
  readonly run?: number;
  /** When that run was due, as its node's wall clock had it; a node of an older version does not say. */
  readonly due?: number;
}

/** An answer that its request's sender passes on to another node: of what, and who ran that. */
export interface PassedAnswer extends ReplyTo {
  readonly from: NodeName;
}

/** What a node that carries a message tells its sender of it: where it is now, or that it goes no further. */
export interface Passage {
  readonly id: MessageId;
  /** Its receiver. */
  readonly to: NodeName;
  readonly method: MethodName;
  readonly state: PassageState;
  /** The node that has it, where it is carried on. */
  readonly hop?: NodeName;
  readonly reason?: string;
}

/** How a command is run, where its message says more than its arguments. */
export interface CommandSettings {
  /** Counts from the work folder of its node. */
  readonly cwd?: string;
  /** In addition to the environment of its node, or in place of what is in there. */
  readonly env?: Readonly<Record<string, string>>;
  /** A name, or a number, of its node. */
  readonly user?: string;
  /** A command that has to end with 0 before this one starts; otherwise the message is `rejected`. */
  readonly onlyIf?: readonly string[];
}

/** Everything but the body. Times are spans in milliseconds; `-1` means unlimited where it is allowed. */
export interface Message {
  readonly id: MessageId;
  readonly from: NodeName;
  readonly to: NodeName;
  /** Nodes that carry it, in their order (model/route.ts); absent: it goes straight. */
  readonly via?: readonly NodeName[];
  readonly method: MethodName;
  readonly args: readonly string[];
  /** Unordered messages start at once; the others wait for the one before them in their lane. */
  readonly unordered: boolean;
  /** Of its lane, and of that of its answer; absent: the usual one, and never that. */
  readonly priority?: number;
  readonly rerun: Rerun;
  /** 0: no ACK is wanted, the message is handed to the broker once. */
  readonly ackTimeoutMs: number;
  /** Resends after the first; -1: until `expiresMs`. */
  readonly retries: number;
  readonly retryWaitMs: number;
  readonly expiresMs: number;
  /** -1: no limit. */
  readonly methodTimeoutMs: number;
  /** Nobody named that time: an own method that has one of its own takes that, also where it is longer. */
  readonly isTimeOpen?: true;
  /** How often the receiver runs the method again, at most, where it ended as failed or timed out; absent: not at all. */
  readonly methodRetries?: number;
  /** Pause before each of these; absent: none. */
  readonly methodRetryWaitMs?: number;
  readonly directory: string;
  readonly fileName: string;
  readonly description?: string;
  /** Of its messages to one node, only the newest with this key waits: it takes the place of those that have not started. Known to the sender alone. */
  readonly key?: string;
  /** Of a command that is to end its own node: a stop of that neither waits for it nor ends it, and its next life finds it. */
  readonly endsNode?: true;
  /** Of a command that is only started: its end is nobody's affair. */
  readonly detach?: true;
  readonly settings?: CommandSettings;
  /** A file of its node that its command reads from its standard input, as `cwd` counts, or `input:ID` (input-name.ts). */
  readonly stdinFile?: string;
  /** Of a command: output that is too large for one answer comes in parts, of any size, as that of `cliCommandCont`. */
  readonly largeOutput?: true;
  /** It is run again and again. */
  readonly schedule?: Schedule;
  /** It is one run of a schedule: made by the node that has that, and never sent. */
  readonly runOf?: RunOf;
  /** What has to hold of its node just before it runs; otherwise it is `rejected`. */
  readonly onlyIfFact?: readonly FactCondition[];
  /** What it asks for beyond what this version knows, by those keys on the wire that have to be understood: it must not be run as if they were nothing. */
  readonly beyond?: readonly string[];
  /** Of a request: how to treat the answer. */
  readonly reply?: ReplySpec;
  /** Of a reply: what it answers. */
  readonly replyTo?: ReplyTo;
  /** Of what brings an answer, and is none: which. */
  readonly answerOf?: PassedAnswer;
  /** Of what a carrying node has to tell. */
  readonly passage?: Passage;
  /** Bytes of the body: `data` of a request, stdout followed by stderr of a reply. */
  readonly bodySize: number;
}

/** What a message answers, or brings the answer to, and who ran that; undefined of any other. */
export function answeredBy({
  from,
  replyTo,
  answerOf,
}: Pick<Message, 'from' | 'replyTo' | 'answerOf'>): PassedAnswer | undefined {
  return replyTo === undefined ? answerOf : { ...replyTo, from };
}

/** Whether its file is written anew: of an output in parts the first one replaces what was there, or its end, where there was none. */
export function replacesFile({ method, replyTo }: Pick<Message, 'method' | 'replyTo'>): boolean {
  if (method !== 'file' || replyTo === undefined) return method === 'file';
  const { part, outcome } = replyTo;
  if (part !== undefined) return part === 1;
  return outcome.streamed === undefined ? methodEntry(replyTo.method).streams !== true : outcome.streamed.parts === 0;
}

/** How long the sender tries, in ms: the ACK criteria bound a span of time, which runs while the node is absent too (design §4). */
export function trySpanMs(message: Pick<Message, 'ackTimeoutMs' | 'retries' | 'retryWaitMs' | 'expiresMs'>): number {
  if (message.retries < 0 || message.ackTimeoutMs === 0) return message.expiresMs;
  const criteria = message.ackTimeoutMs * (message.retries + 1) + message.retryWaitMs * message.retries;
  return Math.min(criteria, message.expiresMs);
}

/** A message as intake makes it: before it has an id, and for one node each. */
export interface Draft {
  readonly message: Omit<Message, 'id' | 'from'>;
  readonly body: Uint8Array;
  /** It leaves when all of these have succeeded: messages of this node, or with a number those of an earlier place in the same list, from 1. */
  readonly after?: readonly (MessageId | number)[];
  /** Its answer goes to another node by this message, which gets it as its body when it is there. */
  readonly passOn?: Omit<Message, 'id' | 'from'>;
}
