// Asks a node, this one or another, by an operator's method; what goes wrong is said.
import type { Client } from '../../client/client.ts';
import { wentWell } from '../../contract/message-view.ts';
import { parseNodeName } from '../../model/node-name.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { oneLine } from '../text/printable.ts';
import { askNode, type Asked } from './ask-node.ts';

/** The standard output of the answer; undefined where there is none that is good. */
export async function askOperator(
  client: Client,
  of: { readonly at?: string; readonly via?: string; readonly message: Asked; readonly shell: Shell },
): Promise<string | undefined> {
  const { at, via, message, shell } = of;
  const { terminal, exitWith } = shell;
  const node = at === undefined ? (await client.info()).node : parseNodeName(at);
  const answer = await askNode(client, { node, message: via === undefined ? message : { ...message, via }, terminal });
  if (answer === undefined) {
    exitWith(exitStatus.interrupted);
    return undefined;
  }
  const { view, output } = answer;
  if (wentWell(view)) return output.toString();
  await terminal.err.write(`steward: ${node}: ${oneLine(view.outcome?.reason ?? view.reason ?? view.state)}\n`);
  exitWith(exitStatus.failed);
  return undefined;
}
