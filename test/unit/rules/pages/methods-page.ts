// docs/methods.md, from the table of methods and what is said of each.
import { methodDocs } from '../../../../src/intake/method-docs.ts';
import {
  isCommand,
  isOperation,
  methodEntry,
  methodNames,
  takesPrecondition,
  type MethodName,
} from '../../../../src/model/method-name.ts';
import { kinds } from '../../../../src/methods/kinds.ts';
import { configOptions } from '../../../../src/node/config/options.ts';
import { codeList, jsonBlock } from './markdown-parts.ts';

export function methodsPage(): string {
  return `# Methods

What a message can have done (\`method\`), and how its answer can be treated (\`replyMethod\`); the other fields are in [messages.md](messages.md), files of earlier programs in
[compatibility.md](compatibility.md). Names match without regard to case, and old names do the same. Each example is sent by a test to a real node.

How a method ended is the outcome of its message: \`steward status ID\` shows it, and \`steward output ID\` the answer. A method fails for itself alone: the node, and other messages, go on. For every method: where the node is away the
message waits, and ends as \`expired\` when its time is over.

- **Kind**: as on the wire ([protocol.md](protocol.md#subjects)), \`Command\` or \`Event\`, followed by \`ACK\`, or \`NACK\` for \`ACKTimeout: 0\`. The answer to a Command goes to a file unless the message says otherwise; the end of an Event is only noted.
- **Order**: messages from one sender to one node with one method and priority run one after the other, in the order in which they were sent, unless they say \`unordered\`.
- **After a crash** of its node in mid-run: whether it runs again, where the message has no \`rerun\`.

| Method | Does | As \`method\` | As \`replyMethod\` |
|---|---|---|---|
${methodNames.map(row).join('\n')}

${methodNames.map(section).join('\n\n')}
`;
}

function row(name: MethodName): string {
  const { request, reply } = methodEntry(name);
  const cells = [`[\`${name}\`](#${name.toLowerCase()})`, methodDocs[name].summary, ...[request, reply].map(yesOrNo)];
  return `| ${cells.join(' | ')} |`;
}

function section(name: MethodName): string {
  const { summary, args, docs, example, ends } = methodDocs[name];
  const { aliases, unorderedAliases = [], rerun, type, request, reply, streams } = methodEntry(name);
  const lines = [
    `- Old names: ${aliases.length === 0 ? 'none' : codeList(aliases)}${unorderedAliases.length === 0 ? '' : `; unordered: ${codeList(unorderedAliases)}`}`,
    `- \`methodArgs\`: ${args === '' ? 'none are read' : `\`${args}\``}`,
    `- Time: ${timeOf(name)}`,
    `- Order: ${orderOf(name)}`,
    `- After a crash: ${rerun === 'always' ? 'runs again' : 'does not run again: `unknown`'}`,
    ...(streams === true ? ['- Output: in parts, while it runs'] : []),
    `- Precondition (\`onlyIf\`): ${preconditionOf(name)}`,
    `- Kind: ${type}`,
    `- May be \`method\`: ${yesOrNo(request)}; \`replyMethod\`: ${yesOrNo(reply)}`,
  ];
  const shown = example === undefined ? '' : `\n\n${jsonBlock(example)}\n\n${ends}`;
  return `## ${name}\n\n${summary}\n\n${docs.replaceAll('\n', '\n\n')}\n\n${lines.join('\n')}${shown}`;
}

function timeOf(name: MethodName): string {
  const { time } = methodDocs[name];
  if (time !== undefined) return time;
  if (!['process', 'turn'].includes(kinds[name])) return 'it is over at once, whatever `methodTimeout` says';
  const option = configOptions.find(({ key }) => key === 'DefaultMethodTimeout');
  return `\`methodTimeout\`, else the node's \`DefaultMethodTimeout\` (${option?.default} s unless set)`;
}

function orderOf(name: MethodName): string {
  if (isOperation(name)) return 'kept always, with all that begin with `op`; they go before all else';
  if (methodEntry(name).unordered === true)
    return 'such messages do not wait for each other, unless one says `unordered: false`';
  return methodEntry(name).request || methodEntry(name).reply ? 'kept, unless the message is `unordered`' : 'kept';
}

function preconditionOf(name: MethodName): string {
  if (isCommand(name)) return 'a fact of its node, or a command';
  return takesPrecondition(name) ? 'a fact of its node' : 'none';
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
