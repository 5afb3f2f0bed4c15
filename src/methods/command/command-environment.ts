// What commands inherit: the environment of the node, without the mark of a run that it may be itself, and its name.
import type { NodeName } from '../../model/node-name.ts';
import { runMark } from '../orphans/process-table.ts';

export function commandEnvironment({
  env,
  nodeName,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodeName: NodeName;
}): Readonly<Record<string, string>> {
  const inherited = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[0] !== runMark,
  );
  return { ...Object.fromEntries(inherited), STEWARD_NODE: nodeName };
}
