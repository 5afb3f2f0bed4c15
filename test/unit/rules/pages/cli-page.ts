// docs/cli.md, from what every command says of itself.
import { runCli } from '../../../../src/cli/run-cli.ts';
import { createFakeTerminal } from '../../cli/fake-terminal.ts';

export async function cliPage(): Promise<string> {
  const main = await help([]);
  const sections: string[] = [];
  for (const name of commandNames(main)) sections.push(`## steward ${name}\n\n${fence(await help([name]))}`);
  return `# Commands

What \`--help\` says. In a checkout type \`npx steward\` instead of \`steward\`. Errors are one line on stderr
([errors.md](errors.md)); the options of a node are told in [configuration.md](configuration.md).

${fence(main)}

${sections.join('\n\n')}
`;
}

/** The names in the list of commands of the main help. */
export function commandNames(mainHelp: string): readonly string[] {
  const [, list = ''] = /^Commands:\n([^]*?)\n\n/m.exec(mainHelp) ?? [];
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
}

async function help(words: readonly string[]): Promise<string> {
  const terminal = createFakeTerminal();
  const status = await runCli([...words, '--help'], terminal);
  if (status !== 0) throw new Error(`steward ${words.join(' ')} --help ended with ${status}`);
  return terminal.printed.out.toString().trim();
}

function fence(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}
