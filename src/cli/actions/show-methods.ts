// steward methods: asks a node, by a message also where it is this one.
import { decode } from '../../base/decode.ts';
import { methodForgetSchema, methodListSchema, methodTrySchema } from '../../contract/method-list.ts';
import { StewardError } from '../../model/error.ts';
import type { OwnMethod } from '../../model/own-method.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { oneLine, printable, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { askOperator } from './ask-operator.ts';
import { openClient } from './open-client.ts';

export interface MethodsOptions extends SocketOption {
  readonly test?: string;
  readonly forget?: true;
  readonly via?: string;
  readonly json?: true;
}

export async function showMethods(node: string | undefined, options: MethodsOptions, shell: Shell): Promise<void> {
  const { terminal } = shell;
  const { test, via } = options;
  if (options.forget) return forget(node, options, shell);
  const message = { method: 'opMethods', methodArgs: test === undefined ? ['list'] : ['test', test] };
  const output = await askOperator(openClient(options, terminal), {
    ...(node === undefined ? {} : { at: node }),
    ...(via === undefined ? {} : { via }),
    message,
    shell,
  });
  if (output === undefined) return;
  if (test !== undefined) return showTry(output, options, shell);
  const found = read(decode(methodListSchema, output));
  if (options.json) return terminal.out.write(`${printableJson(found)}\n`);
  const own = table([['OWN METHOD', 'ARGUMENTS', 'WHAT IT DOES'], ...found.own.map(rowOf)]);
  const builtIn = found.builtIn.map(({ name }) => name).join(', ');
  const more = found.more === undefined ? '' : `and ${found.more} more, which are not listed\n`;
  await terminal.out.write(`${found.own.length === 0 ? 'no methods of its own\n' : own}${more}built in: ${builtIn}\n`);
}

/** It is asked of this node: the other one may be away. */
async function forget(node: string | undefined, options: MethodsOptions, shell: Shell): Promise<void> {
  const { terminal } = shell;
  if (node === undefined || options.test !== undefined || options.via !== undefined)
    throw new StewardError('invalid-usage', '--forget takes a node, and neither --test nor --via', {
      hint: 'such as: steward methods ship1 --forget',
    });
  const message = { method: 'opMethods', methodArgs: ['forget', node] };
  const output = await askOperator(openClient(options, terminal), { message, shell });
  if (output === undefined) return;
  const answer = read(decode(methodForgetSchema, output));
  const words = answer.forgotten ? `what ${node} told of its methods is forgotten` : `${node} had told nothing`;
  await terminal.out.write(`${options.json ? printableJson(answer) : words}\n`);
}

async function showTry(output: string, { json }: MethodsOptions, { terminal, exitWith }: Shell): Promise<void> {
  const tried = read(decode(methodTrySchema, output));
  const { name, outcome, stdout, stderr } = tried;
  if (outcome.state !== 'succeeded') exitWith(exitStatus.failed);
  if (json) return terminal.out.write(`${printableJson(tried)}\n`);
  const code = outcome.exitCode === undefined ? '' : `, exit code ${outcome.exitCode}`;
  const why = outcome.reason === undefined ? '' : `: ${oneLine(outcome.reason)}`;
  await terminal.out.write(`${name}: the example ${outcome.state}${code}${why}\n${printable(stdout)}`);
  if (stderr !== '') await terminal.err.write(printable(stderr));
}

function rowOf({ name, description, problem }: OwnMethod): readonly string[] {
  const args = description?.args?.map((arg) => (arg.optional ? `[${arg.name}]` : arg.name)) ?? ['…'];
  const words = problem === undefined ? (description?.summary ?? '-') : `cannot be run: ${problem}`;
  return [name, [...args, ...(description?.rest ? ['…'] : [])].join(' ') || '-', words];
}

function read<T>(found: T | undefined): T {
  if (found === undefined) throw new StewardError('internal', 'the answer has another form than this version knows');
  return found;
}
