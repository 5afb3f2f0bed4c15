// steward startup: asks a node, by a message also where it is this one.
import { decode } from '../../base/decode.ts';
import { startupSchema } from '../../contract/startup.ts';
import { StewardError } from '../../model/error.ts';
import type { SocketOption } from '../find-socket.ts';
import type { Shell } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';
import { askOperator } from './ask-operator.ts';
import { readNamed } from './read-named.ts';

export interface StartupOptions extends SocketOption {
  readonly at?: string;
  readonly via?: string;
  readonly now?: true;
  readonly json?: true;
}

export async function startupAction(words: readonly string[], options: StartupOptions, shell: Shell): Promise<void> {
  const { terminal } = shell;
  const [verb = 'list', name, file] = words;
  const wanted = { list: 0, add: 2, remove: 1 }[verb];
  if (wanted === undefined || words.length > wanted + 1 || (verb !== 'list' && words.length !== wanted + 1))
    throw new StewardError('invalid-usage', `startup does not know "${words.join(' ')}"`, {
      hint: 'list, add NAME FILE, or remove NAME',
    });
  const content =
    file === undefined
      ? undefined
      : await readNamed(file, { terminal, hint: 'name a message file, or - for standard input' });
  const message = {
    method: 'opStartup',
    methodArgs: [verb, ...(name === undefined ? [] : [name]), ...(options.now && verb === 'add' ? ['now'] : [])],
    ...(content === undefined ? {} : { data: Buffer.from(content).toString() }),
  };
  const output = await askOperator(openClient(options, terminal), { ...options, message, shell });
  if (output === undefined) return;
  if (verb !== 'list') return terminal.out.write(`${name}: ${verb === 'add' ? 'added' : 'removed'}\n`);
  const found = decode(startupSchema, output);
  if (found === undefined) throw new StewardError('internal', 'the list has another form than this version knows');
  if (options.json) return terminal.out.write(`${printableJson(found)}\n`);
  if (found.notRead !== undefined)
    await terminal.err.write(`${found.notRead} more were not read at the start: a node reads so many and no more\n`);
  if (found.startup.length === 0) return terminal.out.write('there are no startup messages\n');
  await terminal.out.write(
    table([
      ['NAME', 'STATE', 'METHOD', 'MESSAGE', 'REASON'],
      ...found.startup.map((row) => [
        row.name,
        row.endless === true && row.state === 'given' ? 'runs on' : row.state,
        row.method ?? '-',
        row.id ?? '-',
        row.reason ?? '-',
      ]),
    ]),
  );
}
