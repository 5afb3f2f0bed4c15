// steward ps: the processes of a node, from its API, or by a message to it.
import { decode } from '../../base/decode.ts';
import { processRowsSchema, type ProcessRows } from '../../contract/process-rows.ts';
import { wentWell } from '../../contract/message-view.ts';
import { StewardError } from '../../model/error.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatSpan } from '../text/time.ts';
import { askNode } from './ask-node.ts';
import { openClient } from './open-client.ts';

export interface PsOptions extends SocketOption {
  readonly json?: true;
  readonly start?: string;
  readonly stop?: string;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
}

export async function showProcesses(
  named: string | undefined,
  options: PsOptions,
  context: { shell: Shell; now: number },
): Promise<void> {
  const { shell, now } = context;
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const own = (await client.info()).node;
  const node = named === undefined ? own : parseNodeName(named);
  const deed = deedOf(options);
  if (options.via !== undefined && named === undefined)
    throw new StewardError('invalid-usage', '--via is the way to a node, and none is named', {
      hint: 'steward ps island --via gateway',
    });
  if (deed === undefined && node === own) return show(await client.processes(), options, { terminal, now });
  const message = deed ?? { method: 'opProcessList', methodArgs: ['json'] };
  const way = options.via === undefined ? {} : { via: options.via };
  const answer = await askNode(client, { node, message: { ...message, ...way }, terminal });
  if (answer === undefined) return exitWith(exitStatus.interrupted);
  const { view, output } = answer;
  if (!wentWell(view)) {
    await terminal.err.write(`steward: ${node}: ${oneLine(view.outcome?.reason ?? view.reason ?? view.state)}\n`);
    return exitWith(exitStatus.failed);
  }
  if (deed !== undefined) return terminal.out.write(`${node}: ${oneLine(output.toString().trim())}\n`);
  const rows = decode(processRowsSchema, output.toString());
  if (rows === undefined)
    throw new StewardError('internal', `the list of ${node} has another form than this version knows`);
  await show(rows, options, { terminal, now });
}

function deedOf({ start, stop }: PsOptions): { method: string; methodArgs: readonly string[] } | undefined {
  if (start !== undefined && stop !== undefined)
    throw new StewardError('invalid-usage', '--start and --stop exclude each other');
  const process = start ?? stop;
  if (process === undefined) return undefined;
  const words = process.split(/\s+/).filter((word) => word !== '');
  if (words.length < 2) {
    throw new StewardError('invalid-usage', `"${process}" names no process`, {
      hint: 'such as "subscriber central cliCommand", or "subscriber cliCommand"; "steward ps" lists them',
    });
  }
  return { method: start === undefined ? 'opProcessStop' : 'opProcessStart', methodArgs: words };
}

async function show(rows: ProcessRows, options: PsOptions, to: { terminal: Terminal; now: number }): Promise<void> {
  const { terminal, now } = to;
  await terminal.out.write(options.json ? `${printableJson(rows)}\n` : processesText(rows, now));
}

function processesText(rows: ProcessRows, now: number): string {
  if (rows.length === 0) return 'nothing is under way\n';
  return table([
    ['PROCESS', 'STATE', 'RESTARTS', 'MAILBOX', 'AGE', 'WAITS FOR', 'LAST ERROR'],
    ...rows.map((row) => [
      row.process,
      row.state,
      row.restarts,
      `${row.mailbox}${row.more ? '+' : ''}`,
      formatSpan(now - row.since),
      row.waiting ?? '-',
      row.lastError?.text ?? '-',
    ]),
  ]);
}
