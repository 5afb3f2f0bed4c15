// A lane: the ordered stream of messages from one sender to one receiver with one method; the operator's orders share one.
import { highestPriority, usualPriority, type Message } from './message.ts';
import { isNodeName, type NodeName } from './node-name.ts';
import { isMethodName, isOperation, methodEntry } from './method-name.ts';

/**
 * The name of a lane between two nodes: the method; for a reply also the request's method, after "<"; its priority, after ":", where that
 * is not the usual one; a "*" at the end says that its messages do not wait for each other. Where other nodes carry its messages, the
 * names of sender and receiver follow: `cliCommand:7@central/island` is the same lane at each node of the way.
 */
export type LaneName = string;

/** Epochs remembered of one lane. Older ones belong to lives of the sender that ended; their copies are answered with "nothing accepted". */
export const maxEpochs = 8;

/**
 * Where the operator's orders go, whatever their method: they take effect in the order in which they were given, and no bound on what
 * others send holds them up.
 */
export const controlLane = 'control';

const lanePattern = /^[A-Za-z]{1,40}(<[A-Za-z]{1,40})?(:[0-35-9])?\*?$/;
const routeMark = '@';
const priorityMark = ':';
/** The operator's orders go before all else. */
const priorityOfOrders = highestPriority + 1;

/** What these lanes carry the node has to say, or to order: nobody takes it back. */
export function isNodesOwn(lane: LaneName): boolean {
  return [controlLane, 'errorLog'].includes(kindOfLane(lane));
}

export function laneOf(
  message: Pick<Message, 'method' | 'unordered'> &
    Partial<Pick<Message, 'from' | 'to' | 'via' | 'priority' | 'replyTo' | 'passage'>>,
): LaneName {
  const { method, unordered, from = '', to = '', via } = message;
  const route = via === undefined ? '' : `${routeMark}${from}/${to}`;
  const answered = message.replyTo ?? message.passage;
  if (answered === undefined && isOperation(method)) return `${controlLane}${route}`;
  const request = answered === undefined ? '' : `<${answered.method}`;
  const priority = message.priority === undefined ? '' : `${priorityMark}${message.priority}`;
  return `${method}${request}${priority}${unordered ? '*' : ''}${route}`;
}

/** The larger one goes first, of lanes between the same two nodes. */
export function priorityOf(lane: LaneName): number {
  const kind = kindOfLane(lane);
  if (kind === controlLane) return priorityOfOrders;
  const at = kind.indexOf(priorityMark);
  return at < 0 ? usualPriority : Number(kind.charAt(at + 1));
}

export function isLaneName(text: string): boolean {
  const route = routeOf(text);
  return (
    lanePattern.test(withoutRoute(text)) &&
    (route === undefined ? !text.includes(routeMark) : isNodeName(route.from) && isNodeName(route.to))
  );
}

/** Whose messages other nodes carry, and to whom; undefined of a lane between neighbours. */
export function routeOf(lane: LaneName): { readonly from: NodeName; readonly to: NodeName } | undefined {
  const [, from, to] = /@([^@/]+)\/([^@/]+)$/.exec(lane) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Whether this node only carries what goes in this lane. */
export function isPassing(lane: LaneName, node: NodeName): boolean {
  const route = routeOf(lane);
  return route !== undefined && route.from !== node && route.to !== node;
}

function withoutRoute(lane: LaneName): LaneName {
  const at = lane.indexOf(routeMark);
  return at < 0 ? lane : lane.slice(0, at);
}

/** Whether its messages answer requests of the node that they go to. */
export function isReplyLane(lane: LaneName): boolean {
  return lane.includes('<');
}

/** Whether it brings output while that comes. */
export function isStreamLane(lane: LaneName): boolean {
  const [, request = ''] = /<([A-Za-z]+)/.exec(lane) ?? [];
  return laneMethod(lane) === 'output' || (isMethodName(request) && methodEntry(request).streams === true);
}

export function isUnordered(lane: LaneName): boolean {
  return withoutRoute(lane).endsWith('*');
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

const heldMark = '+';

/** The lane in which messages wait for others to have succeeded: no process moves it, and nothing of it leaves. */
export function heldLane(lane: LaneName): LaneName {
  return `${heldMark}${lane}`;
}

export function isHeldLane(lane: LaneName): boolean {
  return lane.startsWith(heldMark);
}

/** The one that they go on to. */
export function releasedLane(lane: LaneName): LaneName {
  return isHeldLane(lane) ? lane.slice(heldMark.length) : lane;
}

/** The lane's name on the wire. */
export function wireLane(lane: LaneName): LaneName {
  const released = releasedLane(lane);
  return isUnacked(released) ? released.slice(unackedMark.length) : released;
}

/** What it is a lane of, wherever it leads. */
export function kindOfLane(lane: LaneName): LaneName {
  return withoutRoute(wireLane(lane));
}

/** A lane of the operator's orders. */
export function isControl(lane: LaneName): boolean {
  return kindOfLane(lane) === controlLane;
}
