// steward nodes: every node that was heard of or sent to.
import type { NodeView } from '../../contract/node-views.ts';
import type { SocketOption } from '../find-socket.ts';
import type { Terminal } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatSpan, formatTime } from '../text/time.ts';
import { openClient } from './open-client.ts';

export interface NodesOptions extends SocketOption {
  readonly json?: true;
}

export async function showNodes(options: NodesOptions, context: { terminal: Terminal; now: number }): Promise<void> {
  const { terminal, now } = context;
  const nodes = await openClient(options, terminal).nodes();
  await terminal.out.write(options.json ? `${printableJson(nodes)}\n` : nodesText(nodes, now));
}

function nodesText(nodes: readonly NodeView[], now: number): string {
  if (nodes.length === 0) return 'no node was heard of yet\n';
  const time = (at: number | undefined): string => (at === undefined ? '-' : formatTime(at));
  return table([
    ['NODE', 'PRESENCE', 'SINCE', 'LAST HEARD', 'QUEUED', 'OLDEST', 'VERSION', 'GROUPS'],
    ...nodes.map((node) => [
      node.name,
      node.presence,
      time(node.since),
      time(node.lastHeardAt),
      node.queued,
      node.oldestQueuedAt === undefined ? '-' : formatSpan(now - node.oldestQueuedAt),
      node.version ?? '-',
      node.groups?.join(', ') ?? '-',
    ]),
  ]);
}
