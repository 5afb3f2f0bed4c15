// The ids of what was submitted, for the next command; what else is to be known of it, for the person.
import type { Submitted } from '../../contract/submission.ts';
import type { Terminal } from '../terminal.ts';
import { lateJoinersText } from '../text/late-joiners-text.ts';
import { printableJson } from '../text/printable.ts';

export async function printSubmitted(
  submitted: Submitted,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean },
): Promise<void> {
  const { ids, submission, lateJoiners, warnings = [] } = submitted;
  await terminal.out.write(json ? `${printableJson(submitted)}\n` : ids.map((id) => `${id}\n`).join(''));
  if (!json) await terminal.err.write(warnings.map((warning) => `${warning}\n`).join(''));
  if (!json) await warnOfUnheard(submitted, terminal);
  if (!json && lateJoiners !== undefined)
    await terminal.err.write(
      `${ids.length} now, ${lateJoinersText(lateJoiners)}: steward status --submission ${submission}\n`,
    );
}

/** A name that is mistyped waits as long as one of a node that is yet to come. */
export async function warnOfUnheard({ unheard = [] }: Submitted, terminal: Terminal): Promise<void> {
  if (unheard.length === 0) return;
  const names = unheard.map(({ name, nearest }) =>
    nearest === undefined ? name : `${name} (did you mean ${nearest}?)`,
  );
  await terminal.err.write(`not heard of yet: ${names.join(', ')}\n`);
}
