// What is typed behind steward cp, as messages: one for each source and each node that gets it.
import { resolve } from 'node:path';
import { StewardError } from '../../model/error.ts';
import { isNodeName, parseNodeName } from '../../model/node-name.ts';
import { refuseNoWay } from './ask-node.ts';

export interface CopyMessage {
  readonly toNode: string;
  readonly method: 'copySrc';
  readonly methodArgs: readonly string[];
  readonly replyMethod: 'none';
  readonly via?: string;
  readonly expires?: number;
  readonly methodTimeout?: number;
}

export interface Asked {
  readonly paths: readonly string[];
  /** The node here. */
  readonly node: string;
  /** What a path without a node counts from. */
  readonly cwd: string;
  readonly via?: string;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly expires?: number;
  readonly mode?: string;
}

interface Place {
  readonly nodes: readonly string[];
  readonly path: string;
}

/** How often a copy tells how far it is, in seconds: from another node each word takes a part of the link. */
const tellHere = 1;
const tellThere = 5;
const hint = 'steward cp app.conf ship1:/etc/app/, or steward cp ship1:/var/log/app.log .';

export function copyMessages(asked: Asked): readonly CopyMessage[] {
  const { paths, node, via } = asked;
  refuseNoWay(via);
  const places = paths.map((path, index) => readPlace(path, { ...asked, isTarget: index === paths.length - 1 }));
  const target = places.at(-1);
  const sources = places.slice(0, -1);
  if (target === undefined || sources.length === 0)
    throw new StewardError('invalid-usage', 'cp takes a source and a target', { hint });
  const into = sources.length > 1 && !target.path.endsWith('/') ? `${target.path}/` : target.path;
  const { timeout, expires, mode } = asked;
  return sources.flatMap((source) => {
    const [from = '', ...others] = source.nodes;
    if (others.length > 0) throw new StewardError('invalid-usage', 'a source lies on one node', { hint });
    return target.nodes.map((to): CopyMessage => {
      if (from === to) throw new StewardError('invalid-usage', `source and target are both on ${to}`, { hint });
      if (via !== undefined && from !== node && to !== node)
        throw new StewardError('invalid-usage', '--via says the way from here, and neither end of this copy is here', {
          hint: 'send a message with the method copySrc, and its argument via=NODES',
        });
      return {
        toNode: from,
        method: 'copySrc',
        methodArgs: [
          source.path,
          to,
          into,
          `tell=${from === node ? tellHere : tellThere}`,
          ...(mode === undefined ? [] : [`mode=${mode}`]),
          ...(via !== undefined && from === node ? [`via=${via}`] : []),
        ],
        replyMethod: 'none',
        ...(via !== undefined && from !== node ? { via } : {}),
        ...(expires === undefined ? {} : { expires }),
        ...(timeout === undefined ? {} : { methodTimeout: timeout }),
      };
    });
  });
}

/** A `:` behind a `/` belongs to the path. */
function readPlace(text: string, { node, cwd, isTarget }: Asked & { readonly isTarget: boolean }): Place {
  const [, names, path] = /^([^/:]+):(.*)$/s.exec(text) ?? [];
  if (names === undefined || path === undefined) {
    const isInto = /(^|\/)\.{0,2}\/?$/.test(text) && text !== '';
    if (text === '') throw new StewardError('invalid-usage', 'a path is empty', { hint });
    return {
      nodes: [node],
      path: `${resolve(cwd, text)}${isInto || text.endsWith('/') ? '/' : ''}`.replace(/\/+$/, '/'),
    };
  }
  // As a target it is where everything begins that is not absolute; to copy all of that is hardly meant.
  if (path === '' && !isTarget)
    throw new StewardError('invalid-usage', `"${text}" names no path`, {
      hint: `${text}./ is the work folder of the node`,
    });
  const nodes = names.split(',').filter((name) => name !== '');
  const wrong = nodes.find((name) => !isNodeName(name));
  if (wrong !== undefined || nodes.length === 0)
    throw new StewardError('invalid-usage', `"${names}" names no node`, {
      hint: `write ./${text} for a file of this machine`,
    });
  return { nodes: [...new Set(nodes.map(parseNodeName))], path: path === '' ? './' : path };
}
