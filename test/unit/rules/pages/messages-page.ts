// docs/messages.md, from the definitions of the fields.
import { spanExamples } from '../../../../src/base/span.ts';
import type { FieldDefinition } from '../../../../src/intake/fields/field-definition.ts';
import { fieldSections } from '../../../../src/intake/fields/fields.ts';
import { methodEntry, methodNames } from '../../../../src/model/method-name.ts';
import { codeList, jsonBlock } from './markdown-parts.ts';

export function messagesPage(): string {
  const sections = Object.entries<Readonly<Record<string, FieldDefinition>>>(fieldSections);
  return `# Messages

A message file is JSON or YAML: one message, or a list of them, taken whole or not at all. A message is an object with the fields below.
Only \`method\` has to be there, and one of the fields that name nodes. Names of fields and methods match without regard to case; an unknown field is refused, with
the nearest known name, and every mistake is told with line, column and field. Null, and where text is taken the empty text, is as if the field were absent.

What each method does is in [methods.md](methods.md), what files of earlier programs may hold in [compatibility.md](compatibility.md), and the \`Default…\` settings of a node
in [configuration.md](configuration.md). This page, and the schema, are made from the definitions by which the fields are checked.

- **Span**: ${spanExamples}; at most ten years.
- **Text, list of text**: as JSON and YAML have them. In arguments, numbers and booleans become text as they are written.

${sections.map(([title]) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`).join(' · ')} · [Variables](#variables) · [In an editor](#in-an-editor)

${sections.map(([title, fields]) => section(title, fields)).join('\n\n')}

${variables}

${inAnEditor}
`;
}

function section(title: string, fields: Readonly<Record<string, FieldDefinition>>): string {
  const blocks = Object.entries(fields).map(([name, definition]) => block(name, definition));
  return `## ${title}\n\n${blocks.join('\n\n')}`;
}

function block(name: string, definition: FieldDefinition): string {
  const { doc, default: absent, methods, example, beside } = definition;
  const lines = [
    `- Value: ${valueText(definition)}`,
    ...(definition.kind === 'refused' ? [] : [`- Default: ${absent}`]),
    ...(methods === undefined ? [] : [`- For: ${codeList(methods)} only`]),
    ...(example === undefined || beside !== undefined
      ? []
      : [`- Example: \`"${name}": ${JSON.stringify(example).replaceAll('","', '", "')}\``]),
  ];
  const whole = beside === undefined ? '' : `\n\n${jsonBlock({ ...beside, [name]: example })}`;
  return `### ${name}\n\n${doc}\n\n${lines.join('\n')}${whole}`;
}

function valueText(definition: FieldDefinition): string {
  switch (definition.kind) {
    case 'nodes':
      return 'names of nodes, and groups: text with commas, or a list of text';
    case 'way':
      return `names of nodes: text with commas, or a list of text; at most ${definition.most} between sender and receiver`;
    case 'node':
      return 'the name of a node';
    case 'messages':
      return `ids of messages, or numbers: places of earlier messages of the same list, from 1; one, text with commas, or a list, at most ${definition.most}`;
    case 'method': {
      const { as } = definition;
      return `one of ${codeList(methodNames.filter((name) => methodEntry(name)[as]))}, or an old name of it`;
    }
    case 'arguments':
      return `a list of text, at most ${definition.mostBytes / 1024} KiB as JSON`;
    case 'condition':
      return `a condition on a fact, a list of them, or of a command a list of text, at most ${definition.mostBytes / 1024} KiB as JSON`;
    case 'text':
      return `text, at most ${grouped(definition.longest)} characters`;
    case 'path':
      return `a path, at most ${grouped(definition.longest)} characters${definition.inside ? '; a `..` in it is refused' : ''}`;
    case 'span': {
      const { leastMs, special } = definition;
      const more = special === undefined ? '' : `, or ${special.value}: ${special.meaning}`;
      return `a span${leastMs > 0 ? ' of more than 0' : ''}${more}`;
    }
    case 'count': {
      const { least, most, special } = definition;
      const more = special === undefined ? '' : `, or ${special.value}: ${special.meaning}`;
      return `a whole number from ${least} to ${grouped(most)}${more}`;
    }
    case 'boolean':
      return '`true` or `false`';
    case 'choice':
      return codeList(definition.allowed).replace(/, (?=[^,]*$)/, ' or ');
    case 'data':
      return 'text, a list of text, a list of bytes as numbers, or `{"base64": "…"}`';
    case 'environment':
      return `an object with names and values, at most ${definition.mostBytes / 1024} KiB as JSON`;
    case 'user':
      return 'a name or a number of the node that runs the command';
    case 'interval':
      return 'a list of two spans, each at least a second';
    case 'cron':
      return 'text of five fields, or six';
    case 'zone':
      return 'a name of a time zone';
    case 'operation':
      return 'an object with `opCmd` and `opArg`';
    case 'ignored':
      return 'anything';
    case 'refused':
      return 'none';
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-GB');
}

const variables = `## Variables

In the arguments of a command a variable stands for data, which are handed over as they are and never run:

- \`{{STEWARD_DATA}}\`: in \`methodArgs\` the \`data\` of the message; in \`replyMethodArgs\`, with \`replyMethod: cliCommand\`, the standard output of the request.
- \`{{STEWARD_FILE:path}}\`: in \`methodArgs\`, the content of a file of the node where the message is submitted, as it is then; a path counts from the work folder of that node. At most 16 MiB in one submission.

They are put in where the message is submitted, in scripts of a shell as a quoted variable, otherwise as one argument, and may be of any size. Where a value could run as a program they are refused. What is nearly a variable
(\`{{steward_file:x}}\`) stays as it is, and the answer has a warning. The older names, and what is refused where, are in [compatibility.md](compatibility.md#variables-and-reply-chains).

${jsonBlock({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: ['sh', '-c', 'echo "{{STEWARD_DATA}}" > /etc/motd'],
  data: "it's $HOME\n",
  replyMethod: 'cliCommand',
  replyMethodArgs: ['sh', '-c', 'echo "ship1 says: {{STEWARD_DATA}}" >> answers.txt'],
})}`;

const inAnEditor = `## In an editor

The package holds \`schema/message.schema.json\`, a [JSON Schema](https://json-schema.org) by which an editor completes fields and methods, shows what they are for, and marks what
intake would refuse. It is of draft 7, which the language servers of editors for JSON and YAML know whole. Where the package was installed with npm it lies in
\`node_modules/steward/schema\`; copy it to where your messages are, or name it by its path.

**One message in JSON** may name it itself: \`$schema\` is read and ignored.

${jsonBlock({ $schema: './message.schema.json', toNode: 'ship1', method: 'ping' })}

**Any JSON in VS Code**, also a list of messages, which has no place for \`$schema\`: in the settings (\`.vscode/settings.json\`)

${jsonBlock({ 'json.schemas': [{ fileMatch: ['messages/*.json'], url: './message.schema.json' }] })}

**YAML**, in all editors with the language server for YAML (in VS Code the extension \`redhat.vscode-yaml\`): a comment at the top of the file,

\`\`\`yaml
# yaml-language-server: $schema=./message.schema.json
- toNode: ship1
  method: cliCommand
  methodArgs: [df, -h]
\`\`\`

or in the settings

${jsonBlock({ 'yaml.schemas': { './message.schema.json': ['messages/*.yaml'] } })}

The schema has names of fields in the case in which they stand here; intake takes any. What it cannot say intake still refuses: fields that exclude each other or are for other methods, arguments that a method needs, sizes in
bytes, a span in text that is too long, groups that there are not. \`steward send --dry-run FILE\` has a node check all of it, and sends nothing.`;
