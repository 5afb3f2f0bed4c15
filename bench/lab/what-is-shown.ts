// Whether `steward ps` and `steward errors` show exactly what is wrong on a node: all of it, and nothing of the lanes that are well.
//
// From: the row `neighbours`, once thirty lanes misbehave. To: the same questions that the command line asks.
import { processRowsSchema, type ProcessRows } from '../../src/contract/process-rows.ts';
import { decode } from '../../src/base/decode.ts';
import type { BenchNode } from './bench-node.ts';
import { finalState } from './final-state.ts';
import { submit } from './submit.ts';
import { waitUntil } from './wait-until.ts';

export interface Wrong {
  /** Ids of the commands that hang. */
  readonly hung: readonly string[];
  /** Their processes crash on the receiver, until they are stopped. */
  readonly stopped: readonly string[];
  /** What errors are about, as `sender lane`. */
  readonly told: readonly string[];
}

/** No other command of the row takes so long. */
const hangsMs = 12_000;

/** Of central, by a message, as `steward ps NODE` does it. */
export async function askProcesses(central: BenchNode, node: string): Promise<ProcessRows> {
  const list = { toNode: node, method: 'opProcessList', methodArgs: ['json'], replyMethod: 'none' };
  const [id = ''] = await submit(central.intake, [list]);
  await finalState(central, id);
  const rows = decode(processRowsSchema, Buffer.from(await central.client.output(id, 'stdout')).toString());
  if (rows === undefined) throw new Error(`${node} has answered something else than its processes`);
  return rows;
}

/** Throws where the list shows something else than what hangs and what is stopped. */
export function checkProcesses(rows: ProcessRows, { hung, stopped }: Wrong): void {
  const long = rows.filter(({ kind, since }) => kind === 'run' && Date.now() - since > hangsMs);
  same(
    'commands that hang',
    long.map(({ id = '' }) => id),
    hung,
  );
  const reason = /^it crashed 6 times within 60 s: poison$/;
  const saysWhy = rows.filter(({ state, waiting = '' }) => state === 'stopped' && reason.test(waiting));
  same(
    'processes that are stopped, with the reason',
    saysWhy.map(({ process }) => process),
    stopped,
  );
  const marked = rows.filter(({ state, restarts, lastError }) => state === 'stopped' || restarts > 0 || lastError);
  same(
    'processes with crashes',
    marked.map(({ process }) => process),
    stopped,
  );
}

/**
 * Waits until the node's own errors name every lane that they should; throws if they, or what central has heard of them by now, name
 * another. Central may hear the rest later: a node that has just started tells two messages of 4 KiB, and one each five minutes from
 * then on (src/errors/allowance.ts). Answers how many lanes central names.
 */
export async function checkErrors(central: BenchNode, ship: BenchNode, { told }: Wrong): Promise<number> {
  const lanesAt = async (node: BenchNode): Promise<readonly string[]> => {
    const { errors } = await node.client.errors({ node: ship.name });
    const lanes = errors.flatMap(({ lane, text }) =>
      lane === undefined ? [] : `${/\(node ([\w-]+)/.exec(text)?.[1] ?? '?'} ${lane}`,
    );
    return [...new Set(lanes)];
  };
  await waitUntil('the errors to be counted', 500, async () => (await lanesAt(ship)).length >= told.length);
  same('lanes with errors', await lanesAt(ship), told);
  await waitUntil('central to hear of errors', 500, async () => (await lanesAt(central)).length > 0);
  const heard = await lanesAt(central);
  same(
    'lanes with errors at central',
    heard,
    told.filter((lane) => heard.includes(lane)),
  );
  return heard.length;
}

function same(what: string, found: readonly string[], expected: readonly string[]): void {
  const [one, other] = [[...found].sort().join(', '), [...expected].sort().join(', ')];
  if (one !== other) throw new Error(`${what}: ${one || 'none'}; expected: ${other || 'none'}`);
}
