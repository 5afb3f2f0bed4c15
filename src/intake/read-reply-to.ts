// The node that treats an answer, where that is not the one that sent the message.
import { StewardError } from '../model/error.ts';
import { longestSpanMs } from '../base/span.ts';
import type { Draft, Message, ReplySpec } from '../model/message.ts';
import { methodEntry, type MethodName } from '../model/method-name.ts';
import { parseNodeName, type NodeName } from '../model/node-name.ts';
import { refuse, valueOf, type Given } from './given-fields.ts';
import { readText } from './read-value.ts';

const dayMs = 86_400_000;

/** What treats parts that nobody has asked for: a command, or a web server, is told what it is to do by who asked. */
const takesParts: readonly MethodName[] = ['file', 'fileAppend', 'console'];

/** Undefined where the sender treats it itself. */
export function readReplyTo(
  given: Given,
  of: {
    readonly message: Pick<Message, 'method' | 'ackTimeoutMs'>;
    readonly reply: ReplySpec;
    readonly lateJoiners: boolean;
    readonly node: NodeName | undefined;
    readonly field: 'replyTo' | 'fromNode';
    /** Of a message to `node` itself. */
    readonly isLocal: boolean;
  },
): NodeName | undefined {
  const { message, reply, lateJoiners, node, field, isLocal } = of;
  if (valueOf(given, field) === undefined) return undefined;
  const written = readText(given, field);
  if (written === undefined) return undefined;
  const name = readNode(given, field, written);
  const not = (what: string, hint: string): never =>
    refuse(given, field, { message: `${what} goes to no other node`, hint });
  if (name === node) return undefined;
  if (reply.method === 'none' && field === 'fromNode') return undefined;
  if (reply.method === 'none') return not('an answer that nobody treats (replyMethod none)', 'name a replyMethod');
  if (methodEntry(message.method).streams === true && isLocal) {
    if (takesParts.includes(reply.method)) return name;
    return not(
      `the output of ${message.method}, which comes in parts, for ${reply.method}`,
      `take one of ${takesParts.join(', ')} as replyMethod`,
    );
  }
  if (methodEntry(message.method).streams === true)
    return not(`the output of ${message.method}, which comes in parts,`, `take cliCommand, or leave out ${field}`);
  if (message.ackTimeoutMs === 0)
    return not('the answer to a message that wants no ACK (ACKTimeout 0)', 'leave out ACKTimeout, or give it seconds');
  if (lateJoiners) return not('the answer of nodes that appear later', `leave out lateJoiners, or ${field}`);
  return name;
}

function readNode(given: Given, field: 'replyTo' | 'fromNode', written: string): NodeName {
  try {
    return parseNodeName(written.trim());
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return refuse(given, field, { ...hint, message: error.message });
  }
}

/** Output in parts goes there part by part, from a node that asked itself. */
export function sendParts(message: Draft['message'], partsTo: NodeName): Pick<Draft, 'message'> {
  return { message: message.reply === undefined ? message : { ...message, reply: { ...message.reply, partsTo } } };
}

/** The request, whose answer is only kept, and the message that takes it on. */
export function passOn(message: Draft['message'], to: NodeName): Pick<Draft, 'message' | 'passOn'> {
  // An answer that is passed on comes whole: what is larger than that is told, and not left out.
  const { largeOutput: _large, ...whole } = message;
  const { reply } = message;
  if (reply === undefined) return { message };
  const { method, args, methodTimeoutMs, ...criteria } = reply;
  const kept: ReplySpec = { ...reply, method: 'none', args: [] };
  return {
    message: { ...whole, reply: kept },
    passOn: {
      to,
      method,
      args,
      unordered: message.unordered,
      ...(message.priority === undefined ? {} : { priority: message.priority }),
      rerun: methodEntry(method).rerun,
      ...criteria,
      // Its own time, and that of the request.
      expiresMs: Math.min(longestSpanMs, message.expiresMs + Math.max(message.expiresMs, 30 * dayMs)),
      methodTimeoutMs,
      directory: message.directory,
      fileName: message.fileName,
      reply: kept,
      bodySize: 0,
    },
  };
}
