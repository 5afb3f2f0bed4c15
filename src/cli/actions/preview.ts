// Who a submission would go to, and who of them is here. Nothing is sent.
import type { Preview } from '../../contract/submission.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/counted.ts';
import { printableJson } from '../text/printable.ts';
import { lateJoinersText } from '../text/late-joiners-text.ts';
import { table } from '../text/table.ts';

export async function printPreview(
  preview: Preview,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  if (json) return terminal.out.write(`${printableJson(preview)}\n`);
  const { nodes, messages, lateJoiners } = preview;
  const online = nodes.filter(({ presence }) => presence === 'online').length;
  const rows = nodes.map((node) => [node.name, node.presence, node.messages]);
  await terminal.out.write(
    `${table([['NODE', 'IS', 'MESSAGES'], ...rows])}${counted(messages, 'message')} to ${counted(nodes.length, 'node')}, ${online} of them here; nothing was sent\n${lateJoiners === undefined ? '' : `${lateJoinersText(lateJoiners)}\n`}`,
  );
}
