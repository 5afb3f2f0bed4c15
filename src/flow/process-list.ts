// The process list: what is under way on this node, lane by lane. A lane that holds nothing, and never crashed, has no process.
import { wireLane } from '../model/lane.ts';
import type { ProcessRow } from '../model/process-row.ts';
import type { Child } from '../supervisor/child.ts';
import type { Context } from './context.ts';
import type { InLane, InLanes } from './in-lane.ts';
import { isIdle, type OutLane } from './out-lane.ts';
import type { Peers } from './presence.ts';
import { publisherOf } from './publisher.ts';
import { runKey } from './run-request.ts';

export function listProcesses(
  context: Context,
  lanes: { readonly peers: Peers; readonly inLanes: InLanes },
): readonly ProcessRow[] {
  const publishers = [...lanes.peers.values()].flatMap((peer) =>
    [...peer.lanes.values()].flatMap((lane) => publisherRow(context, lane) ?? []),
  );
  const subscribers = [...lanes.inLanes.values()].flatMap(subscriberRows);
  return [...publishers, ...subscribers, ...methodRows(context)].sort((a, b) => (a.process < b.process ? -1 : 1));
}

function of(child: Child): Pick<ProcessRow, 'process' | 'since' | 'restarts' | 'lastError'> {
  const { spec, startedAt, restarts, lastError } = child;
  return { process: spec.id, since: startedAt, restarts, ...(lastError === undefined ? {} : { lastError }) };
}

function hasHistory(child: Child): boolean {
  return child.lastError !== undefined || child.state === 'stopped';
}

function publisherRow(context: Context, lane: OutLane): ProcessRow | undefined {
  const { peer, window, buffer } = lane;
  const isBusy = !isIdle(lane) && (lane.phase !== 'ready' || lane.more || window.length > 0 || buffer.length > 0);
  // What waits for a node that is away has taken no step yet.
  const process = isBusy ? publisherOf(context, lane) : lane.process;
  if (process === undefined || (!isBusy && !hasHistory(process.child))) return undefined;
  const waiting = isBusy ? whyNotSent(context, lane) : undefined;
  return {
    ...of(process.child),
    kind: 'publisher',
    node: peer.name,
    lane: wireLane(lane.name),
    ...stateOf(process.child, { isBusy, waiting }),
    mailbox: window.length + buffer.length,
    more: lane.more,
  };
}

function whyNotSent(context: Context, lane: OutLane): string | undefined {
  const { peer, transfer } = lane;
  if (!context.reaches(peer.name)) return 'link down';
  if (context.stalled !== undefined) return `store: ${context.stalled}`;
  if (lane.stoppedThere) return 'its process there is stopped';
  if (peer.presence === 'offline') return 'node offline';
  if (peer.presence === 'unknown') return 'answer of the node';
  return transfer === undefined ? undefined : 'body under way';
}

function subscriberRows(lane: InLane): readonly ProcessRow[] {
  const { process, jobs, queue, more, from, name } = lane;
  const isBusy = jobs.size > 0 || queue.length > 0 || (more && lane.phase === 'ready');
  if (process === undefined || (!isBusy && !hasHistory(process.child))) return [];
  const at = { node: from, lane: name };
  const row: ProcessRow = {
    ...of(process.child),
    ...at,
    kind: 'subscriber',
    ...stateOf(process.child, { isBusy, waiting: undefined }),
    mailbox: queue.length,
    more,
  };
  const runs = [...jobs].flatMap(({ process: run, accepted }): ProcessRow[] => {
    const first = accepted[0];
    if (first === undefined) return [];
    const { id } = first.message;
    return [
      {
        ...of(run.child),
        process: `run ${runKey(first.message)}`,
        ...at,
        id,
        kind: 'run',
        state: 'running',
        mailbox: accepted.length,
        more: false,
      },
    ];
  });
  return [row, ...runs];
}

/** Methods that the operator has stopped, or started for some senders only. */
function methodRows({ subscriptions }: Context): readonly ProcessRow[] {
  return [...subscriptions.all()].map(([method, { stopped, from, since = 0 }]) => ({
    process: `subscriber ${method}`,
    kind: 'subscriber',
    node: '*',
    lane: method,
    state: stopped ? 'stopped' : 'idle',
    waiting: stopped ? 'the operator has stopped it: what comes waits' : `it refuses all but ${from?.join(', ') ?? ''}`,
    since,
    restarts: 0,
    mailbox: 0,
    more: false,
  }));
}

function stateOf(
  child: Child,
  of: { readonly isBusy: boolean; readonly waiting: string | undefined },
): Pick<ProcessRow, 'state' | 'waiting'> {
  if (child.state === 'stopped') return { state: 'stopped', waiting: child.reason ?? 'stopped' };
  if (!of.isBusy) return { state: 'idle' };
  return of.waiting === undefined ? { state: 'running' } : { state: 'waiting', waiting: of.waiting };
}
