// The ids of what was submitted, for the next command; what else is to be known of it, for the person.
import type { Submitted } from '../../contract/submission.ts';
import type { Terminal } from '../terminal.ts';
import { lateJoinersText } from '../text/late-joiners-text.ts';
import { printableJson } from '../text/printable.ts';

export async function printSubmitted(
  submitted: Submitted,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  const { ids, submission, lateJoiners } = submitted;
  await terminal.out.write(json ? `${printableJson(submitted)}\n` : ids.map((id) => `${id}\n`).join(''));
  if (!json && lateJoiners !== undefined)
    await terminal.err.write(
      `${ids.length} now, ${lateJoinersText(lateJoiners)}: steward status --submission ${submission}\n`,
    );
}
