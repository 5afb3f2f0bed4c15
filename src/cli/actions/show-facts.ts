// steward facts: what nodes answer to a hello, each when it comes.
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import { StewardError } from '../../model/error.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Output, type Shell } from '../terminal.ts';
import { stateText } from '../text/message-text.ts';
import { oneLine, printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { formatSpan } from '../text/time.ts';
import { asLongAs, askedForSeconds, refuseNoWay } from './ask-node.ts';
import { openClient } from './open-client.ts';
import { warnOfUnheard } from './print-submitted.ts';
import { waitForMessages } from './wait-for-messages.ts';

export interface FactsOptions extends SocketOption {
  readonly json?: true;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
}

type Table = Readonly<Record<string, unknown>>;

export async function showFacts(named: readonly string[], options: FactsOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const submission = await client.submit(Buffer.from(JSON.stringify([question(named, options)])));
  await warnOfUnheard(submission, terminal);
  const { ids } = submission;
  let answered = 0;
  const open = new Set(ids);
  const onSettled = async (view: MessageView): Promise<void> => {
    open.delete(view.id);
    const text = wentWell(view) ? Buffer.from(await client.output(view.id, 'stdout')).toString() : '';
    const facts = readFacts(text);
    if (facts !== undefined) answered += 1;
    if (options.json === true) return terminal.out.write(`${jsonLine(view, facts)}\n`);
    if (facts === undefined) return terminal.err.write(`steward: ${view.to}: ${oneLine(whyNone(view, text))}\n`);
    await print(view.to, { facts, ...terminal });
  };
  if (ids.length === 0) return;
  const end = await waitForMessages({ client, ids, terminal, onSettled, within: asLongAs });
  if (end === 'detached') return exitWith(exitStatus.interrupted);
  for (const id of open) await terminal.err.write(`steward: no answer, look with: steward status ${id}\n`);
  exitWith(answered === ids.length ? exitStatus.ok : exitStatus.failed);
}

function question(named: readonly string[], { via }: FactsOptions): object {
  refuseNoWay(via);
  const names = named
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0)
    throw new StewardError('invalid-usage', 'no node is named', { hint: 'steward facts ship1 ship2' });
  return {
    toNodes: names.map((name) => (name.startsWith('@') ? name : parseNodeName(name))),
    method: 'hello',
    unordered: true,
    replyMethod: 'none',
    expires: askedForSeconds,
    ...(via === undefined ? {} : { via }),
  };
}

/** Undefined for what is no facts: a node of a version before there were any answers nothing. */
function readFacts(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
  } catch {
    return undefined;
  }
}

function whyNone(view: MessageView, text: string): string {
  if (!wentWell(view)) return view.outcome?.reason ?? view.reason ?? stateText(view);
  return text === '' ? 'it tells no facts: its version of Steward has none' : 'its facts are not understood';
}

function jsonLine(view: MessageView, facts: Table | undefined): string {
  const reason = view.outcome?.reason ?? view.reason;
  return printableJson({
    node: view.to,
    id: view.id,
    state: view.state,
    ...(reason === undefined ? {} : { reason }),
    ...(facts === undefined ? {} : { facts }),
  });
}

async function print(
  node: string,
  of: { readonly facts: Table; readonly out: Output; readonly err: Output },
): Promise<void> {
  const { facts, out, err } = of;
  const { problems = {}, ...known } = facts;
  await out.write(`== ${node}\n${table([['FACT', 'VALUE'], ...rows(known)])}`);
  if (typeof problems !== 'object' || problems === null) return;
  for (const [name, problem] of Object.entries(problems))
    await err.write(`steward: ${node}: no ${oneLine(name)}: ${oneLine(String(problem))}\n`);
}

/** A table within is shown as its facts, by their whole names. */
function rows(facts: Table, before = ''): readonly (readonly [string, string])[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const whole = `${before}${name}`;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? rows(value as Table, `${whole}.`)
      : [[whole, valueText(whole, value)] as const];
  });
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && /^(disk|memory)\./.test(name)) return `${value} (${bytesText(value)})`;
  if (typeof value === 'number' && name.startsWith('uptime.')) return `${value} (${formatSpan(value * 1000)})`;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let unit = 0;
  let count = bytes;
  for (; count >= 1024 && unit < units.length - 1; unit += 1) count /= 1024;
  return `${unit === 0 ? count : count.toFixed(1)} ${units[unit] ?? ''}`;
}
