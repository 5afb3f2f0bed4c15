// steward resend and steward retry: messages once more, as new ones.
import type { Retried } from '../../contract/send-again.ts';
import type { SocketOption } from '../find-socket.ts';
import type { Terminal } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';

export interface ResendOptions extends SocketOption {
  readonly to?: string;
  readonly json?: true;
}

export interface RetryOptions extends SocketOption {
  readonly unknown?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export async function resendMessage(id: string, options: ResendOptions, terminal: Terminal): Promise<void> {
  const { to } = options;
  const submitted = await openClient(options, terminal).resend(id, to === undefined ? {} : { to });
  await terminal.out.write(
    options.json ? `${printableJson(submitted)}\n` : submitted.ids.map((one) => `${one}\n`).join(''),
  );
}

export async function retryMessages(id: string, options: RetryOptions, terminal: Terminal): Promise<void> {
  const { unknown = false, dryRun = false } = options;
  const retried = await openClient(options, terminal).retry(id, { unknown, dryRun });
  if (options.json) return terminal.out.write(`${printableJson(retried)}\n`);
  await terminal.out.write(retriedText(retried, dryRun));
  const left = leftText(retried);
  if (left !== '') await terminal.err.write(left);
}

function retriedText({ retried, left }: Retried, dryRun: boolean): string {
  if (retried.length === 0) return `nothing to retry: ${countsText(left)}\n`;
  const heading = ['MESSAGE', 'TO', 'ENDED', dryRun ? 'NEW (not sent)' : 'NEW'];
  return table([heading, ...retried.map((one) => [one.id, one.to, one.state, one.newId ?? '-'])]);
}

/** What is worth a word beside what was retried. */
function leftText({ retried, left }: Retried): string {
  const rest =
    retried.length === 0 ? '' : Object.keys(left).length === 0 ? '' : `left as they are: ${countsText(left)}\n`;
  const unknown = left.unknown ?? 0;
  const hint = unknown === 0 ? '' : `of ${unknown} nobody knows whether they ran: --unknown sends them again, too\n`;
  return rest + hint;
}

function countsText(counts: Retried['left']): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
