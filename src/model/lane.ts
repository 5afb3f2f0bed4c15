// A lane: the ordered stream of messages from one sender to one receiver with one method; the operator's orders share one.
import type { Message } from './message.ts';
import { isOperation } from './method-name.ts';

/**
 * The name of a lane between two nodes: the method; for a reply also the request's method, after "<";
 * a "*" at the end says that its messages do not wait for each other.
 */
export type LaneName = string;

/** Epochs remembered of one lane. Older ones belong to lives of the sender that ended; their copies are answered with "nothing accepted". */
export const maxEpochs = 8;

/**
 * Where the operator's orders go, whatever their method: they take effect in the order in which they were given, and no bound on what
 * others send holds them up.
 */
export const controlLane = 'control';

const lanePattern = /^[A-Za-z]{1,40}(<[A-Za-z]{1,40})?\*?$/;

/** What these lanes carry the node has to say, or to order: nobody takes it back. */
export function isNodesOwn(lane: LaneName): boolean {
  return [controlLane, 'errorLog'].includes(wireLane(lane));
}

export function laneOf(message: Pick<Message, 'method' | 'replyTo' | 'unordered'>): LaneName {
  if (message.replyTo === undefined && isOperation(message.method)) return controlLane;
  const request = message.replyTo === undefined ? '' : `<${message.replyTo.method}`;
  return `${message.method}${request}${message.unordered ? '*' : ''}`;
}

export function isLaneName(text: string): boolean {
  return lanePattern.test(text);
}

/** Whether its messages answer requests of the node that they go to. */
export function isReplyLane(lane: LaneName): boolean {
  return lane.includes('<');
}

export function isUnordered(lane: LaneName): boolean {
  return lane.endsWith('*');
}

/** The method whose name a lane begins with. */
export function laneMethod(lane: LaneName): string {
  return /^[A-Za-z]*/.exec(lane)?.[0] ?? '';
}

const unackedMark = '-';

/** The lane in which messages wait that want no ACK: they get no position and are handed over once. */
export function unackedLane(lane: LaneName): LaneName {
  return `${unackedMark}${lane}`;
}

export function isUnacked(lane: LaneName): boolean {
  return lane.startsWith(unackedMark);
}

/** The lane's name on the wire. */
export function wireLane(lane: LaneName): LaneName {
  return isUnacked(lane) ? lane.slice(unackedMark.length) : lane;
}

/** A lane of the operator's orders. */
export function isControl(lane: LaneName): boolean {
  return wireLane(lane) === controlLane;
}
