// Asks another node something that it answers itself, by a message, and waits for the answer.
import { systemTimers } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { MessageView } from '../../contract/message-view.ts';
import { StewardError } from '../../model/error.ts';
import type { Terminal } from '../terminal.ts';
import { warnOfUnheard } from './print-submitted.ts';
import { waitForMessages } from './wait-for-messages.ts';

/** How long the message waits for a node that is away: who asks so looks now. */
export const askedForSeconds = 60;
/** Its end comes soon after that, where nothing is in doubt. */
export const asLongAs = { ms: (askedForSeconds + 10) * 1000, timers: systemTimers };

export interface Asked {
  readonly method: string;
  readonly methodArgs: readonly string[];
  readonly data?: string;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
}

/** An empty one, as a variable of the shell may be, would send it straight. Throws `invalid-usage`. */
export function refuseNoWay(via: string | undefined): void {
  if (via?.trim() === '')
    throw new StewardError('invalid-usage', '--via names no node', { hint: 'such as --via gateway, or leave it out' });
}

/** Undefined: interrupted. Throws `no-answer` where the node went away while it was asked, and what the client throws. */
export async function askNode(
  client: Client,
  of: { node: string; message: Asked; terminal: Terminal },
): Promise<{ view: MessageView; output: Buffer } | undefined> {
  const { node, message, terminal } = of;
  refuseNoWay(message.via);
  const file = [{ toNode: node, ...message, replyMethod: 'none', expires: askedForSeconds }];
  const submitted = await client.submit(Buffer.from(JSON.stringify(file)));
  const { ids } = submitted;
  await warnOfUnheard(submitted, terminal);
  let view: MessageView | undefined;
  const end = await waitForMessages({
    client,
    ids,
    terminal,
    onSettled: async (settled) => void (view = settled),
    within: asLongAs,
  });
  if (end === 'late')
    throw new StewardError(
      'no-answer',
      `${node} has not answered, and may have done it or not: message ${ids[0] ?? ''}`,
      {
        hint: `steward status ${ids[0] ?? 'ID'}`,
      },
    );
  if (view === undefined) return undefined;
  const output = view.outcome === undefined ? Buffer.alloc(0) : Buffer.from(await client.output(view.id, 'stdout'));
  return { view, output };
}
