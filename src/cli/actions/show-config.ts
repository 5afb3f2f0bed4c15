// steward config: each value of the configuration, and where it comes from. Writes nothing.
import type { LoadedConfig } from '../../node/config/load-config.ts';
import type { Shell } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { asksForHelp, optionsHelp, readConfig } from './read-config.ts';

const help = `Usage: steward config [--json] [options of steward node]

Shows each value that a node started here with these options would have, and where it comes from: a flag, the
environment, the file, or the default, in this order. Writes nothing.

  --json
      JSON: {"NodeName": {"value", "source"}, …}
${optionsHelp()}
Example:
  $ steward config --config-folder /etc/steward

Exit status: 0 shown, 2 a value is wrong: file, line and what is allowed are named.
`;

export async function showConfig(words: readonly string[], { terminal }: Shell): Promise<void> {
  if (asksForHelp(words)) return terminal.out.write(help);
  const { loaded, switches } = readConfig({ command: 'config', words, alsoKnown: ['--json'] }, terminal);
  for (const warning of loaded.warnings) await terminal.err.write(`steward: warning: ${warning}\n`);
  const rows = Object.entries(loaded.sources).map(([key, source]) => [key, String(source.value), sourceText(source)]);
  await terminal.out.write(
    switches.has('--json') ? `${printableJson(loaded.sources)}\n` : table([['KEY', 'VALUE', 'SOURCE'], ...rows]),
  );
}

function sourceText({ source, place }: LoadedConfig['sources'][keyof LoadedConfig['sources']]): string {
  return place === undefined ? source : `${place.file}, line ${place.line}`;
}
