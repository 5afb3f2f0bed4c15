// docs/configuration.md, from the table of options.
import { configOptions, type ConfigOption } from '../../../../src/node/config/options.ts';
import { describeAllowed } from '../../../../src/node/config/option-value.ts';

export function configurationPage(): string {
  const options: readonly ConfigOption[] = configOptions;
  return `# Configuration

A node reads \`config.toml\` in its config folder (\`./etc\`). A flag wins over the environment, the environment over the file,
the file over the default; an empty variable sets nothing. \`steward config\`, with the same flags, shows each value and where it
comes from, and writes nothing.

- The file is written at the first start, with every option explained. The name of the machine is written down as the
  node's name, so that the node keeps it.
- A flag is also written into the file, as the default of the next start; nothing else of the file changes. A node that is refused
  because another one runs in its folders writes nothing. Delete the file to have it written anew.
- Keys match without regard to case. \`--node-name\`, \`--nodeName\` and \`-nodeName\` are the same flag.
- An unknown key, a wrong value, a file that cannot be read: the node does not start, and says file, line and what is allowed.
- Keys of the original that have no meaning here yet are accepted with a warning (see [compatibility.md](compatibility.md)).
- Relative paths start from the folder that the node is started in. The path of a socket may have 107 bytes.

## Options

${options.map(block).join('\n')}`;
}

function block(option: ConfigOption): string {
  const { key, flag, env, doc, only } = option;
  const places = [
    ...(only === 'environment' ? [] : [`flag \`${flag}\``]),
    `environment \`${env}\``,
    ...(only === undefined ? [`file \`${key}\``] : []),
  ];
  return `### ${key}

${doc}

- Given by: ${places.join(', ')}
- Default: ${defaultText(option)}
- Allowed: ${describeAllowed(option)}
`;
}

function defaultText(option: ConfigOption): string {
  if (option.key === 'NodeName') return "the machine's name";
  return option.default === '' ? 'not set' : `\`${option.default}\``;
}
