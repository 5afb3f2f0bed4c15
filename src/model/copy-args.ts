// The arguments of `copySrc`: what to copy, to which node, and under which name. The first six are those of the original, in its order.
import { isNodeName, type NodeName } from './node-name.ts';
import { maxHops } from './route.ts';

export interface CopyWish {
  /** Of a file, a folder, or a pattern; counts from the work folder of the node that has it. */
  readonly path: string;
  readonly to: NodeName;
  /** Counts from the work folder of the node that gets it. With `/` at its end it is a folder that it goes into. */
  readonly target: string;
  /** Most bytes of a chunk. */
  readonly chunkBytes: number;
  /** -1: no limit. */
  readonly mostMs: number;
  /** Of folders that are made for it. */
  readonly folderMode: number | undefined;
  /** The nodes that carry it to the one that gets it, in their order; undefined: straight, or back the way that the message came. */
  readonly via: readonly NodeName[] | undefined;
  /** How often it tells how far it has come; undefined: never. */
  readonly tellEveryMs: number | undefined;
}

export interface CopyProblem {
  readonly problem: { readonly element: number; readonly message: string; readonly hint: string };
}

export const leastChunkBytes = 16 * 1024;
export const mostChunkBytes = 128 * 1024;
const longestPath = 4096;
const hint =
  '["/var/log/app.log", "central", "/srv/logs/"], then, where wanted, chunk=BYTES, time=SECONDS, mode=755, via=NODE';
/** What stands behind the first three without a name, as the original had it. */
const inOrder = ['chunk', 'time', 'mode'] as const;

export function readCopyArgs(args: readonly string[]): CopyWish | CopyProblem {
  const [path = '', to = '', target = '', ...options] = args;
  for (const [element, text] of [path, to, target].entries())
    if (text === '' || text.includes('\0') || text.length > longestPath)
      return wrong(element, 'copySrc needs a path, the node that gets it, and the path there');
  if (!isNodeName(to)) return wrong(1, `"${to.slice(0, 60)}" is no node name`);
  const given = new Map<string, number>();
  let via: readonly NodeName[] | undefined;
  for (const [index, option] of options.entries()) {
    const [, name = inOrder[index], value = option] = /^([a-z]+)=(.*)$/.exec(option) ?? [];
    const nodes = value.split(',');
    if (name === 'via' && via === undefined && nodes.length <= maxHops && nodes.every(isNodeName)) {
      via = nodes;
      continue;
    }
    const number = name === undefined ? undefined : readValue(name, value);
    if (name === undefined || number === undefined || given.has(name))
      return wrong(3 + index, `copySrc has no option ${JSON.stringify(option.slice(0, 60))}`);
    given.set(name, number);
  }
  const time = given.get('time') ?? 0;
  const tell = given.get('tell');
  return {
    path,
    to,
    target,
    chunkBytes: Math.min(mostChunkBytes, Math.max(leastChunkBytes, given.get('chunk') ?? mostChunkBytes)),
    mostMs: time > 0 ? time * 1000 : -1,
    folderMode: given.get('mode'),
    via,
    tellEveryMs: tell === undefined || tell === 0 ? undefined : tell * 1000,
  };
}

function readValue(name: string, value: string): number | undefined {
  if (name === 'mode') return /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : undefined;
  if (!['chunk', 'time', 'tell'].includes(name) || !/^\d{1,9}$/.test(value)) return undefined;
  return Number(value);
}

function wrong(element: number, message: string): CopyProblem {
  return { problem: { element, message, hint } };
}
