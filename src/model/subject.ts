// The subjects on the broker (docs/protocol.md). The sender stands last, so that a broker can enforce who sends.
import { decodeNodeName, encodeNodeName, type NodeName } from './node-name.ts';

/** The original's message kinds: a command or an event, with or without an ACK. */
export const kinds = ['CommandACK', 'CommandNACK', 'EventACK', 'EventNACK'] as const;
export type Kind = (typeof kinds)[number];

const prefix = 'steward';
const ackPrefix = 'steward-ack';
const helloPrefix = 'steward-hello';

export function messageSubject(route: { to: NodeName; method: string; kind: Kind; from: NodeName }): string {
  return `${prefix}.${encodeNodeName(route.to)}.${route.method}.${route.kind}.${encodeNodeName(route.from)}`;
}

/** All that is meant for a node. Only the node itself subscribes to it: a second subscriber would hide "no responders". */
export function messagesFor(to: NodeName): string {
  return `${prefix}.${encodeNodeName(to)}.*.*.*`;
}

export function ackSubject(route: { to: NodeName; from: NodeName }): string {
  return `${ackPrefix}.${encodeNodeName(route.to)}.${encodeNodeName(route.from)}`;
}

export function acksFor(to: NodeName): string {
  return `${ackPrefix}.${encodeNodeName(to)}.*`;
}

/** Whether what is published there is for this node alone. */
export function isSubjectTo(to: NodeName, subject: string): boolean {
  const name = encodeNodeName(to);
  return subject.startsWith(`${prefix}.${name}.`) || subject.startsWith(`${ackPrefix}.${name}.`);
}

export function helloSubject(node: NodeName): string {
  return `${helloPrefix}.${encodeNodeName(node)}`;
}

export const allHellos = `${helloPrefix}.*`;

export type ParsedSubject =
  | {
      readonly type: 'message';
      readonly to: NodeName;
      readonly method: string;
      readonly kind: Kind;
      readonly from: NodeName;
    }
  | { readonly type: 'ack'; readonly to: NodeName; readonly from: NodeName }
  | { readonly type: 'hello'; readonly from: NodeName };

/** What a subject says, or undefined for anything that is not ours. */
export function parseSubject(subject: string): ParsedSubject | undefined {
  const [head, ...tokens] = subject.split('.');
  const first = decodeNodeName(tokens[0] ?? '');
  if (first === undefined) return undefined;
  if (head === helloPrefix && tokens.length === 1) return { type: 'hello', from: first };
  if (head === ackPrefix && tokens.length === 2) {
    const from = decodeNodeName(tokens[1] ?? '');
    return from === undefined ? undefined : { type: 'ack', to: first, from };
  }
  if (head !== prefix || tokens.length !== 4) return undefined;
  const from = decodeNodeName(tokens[3] ?? '');
  const kind = kinds.find((known) => known === tokens[2]);
  const method = tokens[1] ?? '';
  if (from === undefined || kind === undefined || method === '') return undefined;
  return { type: 'message', to: first, method, kind, from };
}
