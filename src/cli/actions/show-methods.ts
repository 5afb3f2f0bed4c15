// steward methods: asks a node, by a message also where it is this one.
import { decode } from '../../base/decode.ts';
import { methodListSchema, methodTrySchema } from '../../contract/method-list.ts';
import { StewardError } from '../../model/error.ts';
import type { OwnMethod } from '../../model/own-method.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { askOperator } from './ask-operator.ts';
import { openClient } from './open-client.ts';

export interface MethodsOptions extends SocketOption {
  readonly test?: string;
  readonly via?: string;
  readonly json?: true;
}

export async function showMethods(node: string | undefined, options: MethodsOptions, shell: Shell): Promise<void> {
  const { terminal } = shell;
  const { test, via } = options;
  const message = { method: 'opMethods', methodArgs: test === undefined ? ['list'] : ['test', test] };
  const output = await askOperator(openClient(options, terminal), {
    ...(node === undefined ? {} : { at: node }),
    ...(via === undefined ? {} : { via }),
    message,
    shell,
  });
  if (output === undefined) return;
  if (test !== undefined) return showTry(output, shell);
  const found = read(decode(methodListSchema, output));
  if (options.json) return terminal.out.write(`${printableJson(found)}\n`);
  const own = table([['OWN METHOD', 'ARGUMENTS', 'WHAT IT DOES'], ...found.own.map(rowOf)]);
  const builtIn = found.builtIn.map(({ name }) => name).join(', ');
  await terminal.out.write(`${found.own.length === 0 ? 'no methods of its own\n' : own}built in: ${builtIn}\n`);
}

async function showTry(output: string, { terminal, exitWith }: Shell): Promise<void> {
  const { name, outcome, stdout, stderr } = read(decode(methodTrySchema, output));
  const code = outcome.exitCode === undefined ? '' : `, exit code ${outcome.exitCode}`;
  const why = outcome.reason === undefined ? '' : `: ${oneLine(outcome.reason)}`;
  await terminal.out.write(`${name}: the example ${outcome.state}${code}${why}\n${stdout}`);
  if (stderr !== '') await terminal.err.write(stderr);
  if (outcome.state !== 'succeeded') exitWith(exitStatus.failed);
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
