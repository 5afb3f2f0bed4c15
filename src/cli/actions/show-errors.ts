// steward errors: what went wrong, how often, and what is to be done about it.
import { suggestName } from '../../base/nearest-name.ts';
import { formatSpan } from '../../base/span.ts';
import type { Client } from '../../client/client.ts';
import type { ErrorsWanted, ErrorView } from '../../contract/error-view.ts';
import { errorTable, type ErrorCode } from '../../model/error-table.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { createProgress } from '../text/progress.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatTime } from '../text/time.ts';
import { openClient } from './open-client.ts';

export interface ErrorsOptions extends SocketOption {
  readonly follow?: true;
  readonly node?: string;
  readonly code?: string;
  /** Ms. */
  readonly since?: number;
  readonly json?: true;
}

export async function showErrors(options: ErrorsOptions, context: { shell: Shell; now: number }): Promise<void> {
  const { shell, now } = context;
  const { terminal } = shell;
  const client = openClient(options, terminal);
  const wanted: ErrorsWanted = {
    ...(options.node === undefined ? {} : { node: options.node }),
    ...(options.code === undefined ? {} : { code: options.code }),
    ...(options.since === undefined ? {} : { since: Math.floor(now - options.since) }),
  };
  const found = await client.errors(wanted);
  const errors = [...found.errors].reverse();
  if (errors.length === 0) refuseUnknown(options.code);
  if (options.json && options.follow === undefined)
    return terminal.out.write(`${printableJson({ errors, more: found.more })}\n`);
  if (options.json) for (const error of errors) await terminal.out.write(`${printableJson(error)}\n`);
  else await terminal.out.write(errorsText(errors, options));
  if (found.more) await terminal.err.write(`only the newest ${errors.length} are listed\n`);
  if (options.follow === undefined) return;
  // What came between the list and this moment is newer than the newest of the list, whatever it was that was asked for.
  const after = found.errors[0]?.changed ?? (await newestChange(client));
  await followErrors({ client, wanted: { ...wanted, after }, options, shell });
}

async function newestChange(client: Client): Promise<number> {
  return (await client.errors({})).errors[0]?.changed ?? 0;
}

interface Following {
  readonly client: Client;
  readonly wanted: ErrorsWanted & { readonly after: number };
  readonly options: ErrorsOptions;
  readonly shell: Shell;
}

async function followErrors({ client, wanted, options, shell }: Following): Promise<void> {
  const { terminal, exitWith } = shell;
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  const progress = createProgress(terminal.err);
  const onAway = (error: Error | undefined): void => {
    if (error === undefined) void progress.clear();
    else void progress.show(() => `the node is away, waiting for it: ${describeError(error)}`);
  };
  try {
    for await (const error of client.followErrors(wanted, { signal: interrupted.signal, onAway })) {
      await progress.clear();
      await terminal.out.write(options.json ? `${printableJson(error)}\n` : followLine(error));
    }
    exitWith(exitStatus.interrupted);
  } finally {
    stopListening();
    await progress.clear();
  }
}

/** A code that no error has, and that there is not: a slip of the person who typed it. */
function refuseUnknown(code: string | undefined): void {
  if (code === undefined || isKnown(code)) return;
  throw new StewardError('invalid-usage', `there is no error "${oneLine(code).slice(0, 60)}"`, {
    hint: suggestName(code, Object.keys(errorTable)),
  });
}

function errorsText(errors: readonly ErrorView[], options: ErrorsOptions): string {
  const about = options.code === undefined ? '' : `${aboutCode(options.code)}\n`;
  if (errors.length === 0) return `${about}${nothingText(options)}\n`;
  return `${about}${table([['TIME', 'NODE', 'CODE', 'COUNT', 'TEXT'], ...errors.map(cells)])}`;
}

function cells(error: ErrorView): readonly (string | number)[] {
  const { lastAt, node, code, count, text, lane, hint } = error;
  const where = lane === undefined ? '' : `, lane ${lane}`;
  return [formatTime(lastAt), node, code, count, `${text}${where}${hint === undefined ? '' : ` (${hint})`}`];
}

/** As a line of the table, as far as its columns can be known beforehand. */
function followLine(error: ErrorView): string {
  const [time = '', node = '', code = '', count = '', text = ''] = cells(error).map((cell) => oneLine(String(cell)));
  return `${time}  ${node.padEnd(10)}  ${code.padEnd(17)}  ${count.padStart(5)}  ${text}\n`;
}

function aboutCode(code: string): string {
  if (!isKnown(code)) return `${oneLine(code)}: this version does not know it\n`;
  const { verdict, cause, remedy } = errorTable[code];
  return table([
    [code, verdictText[verdict]],
    ['cause', cause],
    ['remedy', remedy],
  ]);
}

const verdictText = {
  retry: 'the node tries again by itself',
  restart: 'the node starts again by itself what failed',
  stop: 'it does not go on by itself',
  tell: 'somebody should look',
} as const;

function nothingText({ node, code, since }: ErrorsOptions): string {
  const of = [
    ...(code === undefined ? [] : [` of the code ${oneLine(code)}`]),
    ...(node === undefined ? [] : [` of ${oneLine(node)}`]),
    ...(since === undefined ? [] : [` within ${formatSpan(since)}`]),
  ].join('');
  return of === '' ? 'no errors' : `no error${of}`;
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
