// A queue to look into, and to take back from: that of this node, or of another one, which is asked by a message.
import type { Client } from '../../client/client.ts';
import { decode } from '../../base/decode.ts';
import {
  cancelledSchema,
  queueSchema,
  type CancelledCounts,
  type Queue,
  type WaitingFilter,
} from '../../contract/queue.ts';
import { StewardError } from '../../model/error.ts';
import type { Shell } from '../terminal.ts';
import { askOperator } from './ask-operator.ts';
import { cancelIds } from './cancel-ids.ts';
import { userName } from './cancel-messages.ts';

export interface QueueWanted {
  readonly to?: string;
  readonly lane?: string;
  /** Only what waits for longer, ms. */
  readonly olderMs?: number;
}

/** Undefined where no answer came, or none that is good: that has been said. */
export interface QueueOf {
  list(wanted: QueueWanted): Promise<Queue | undefined>;
  clear(wanted: QueueWanted): Promise<CancelledCounts | undefined>;
  remove(wanted: QueueWanted, ids: readonly string[]): Promise<CancelledCounts | undefined>;
}

export function queueHere(client: Client, now: number): QueueOf {
  const filterOf = ({ olderMs, ...rest }: QueueWanted): WaitingFilter => ({
    ...rest,
    ...(olderMs === undefined ? {} : { before: Math.floor(now - olderMs) }),
  });
  return {
    list: (wanted) => client.queue(filterOf(wanted)),
    clear: (wanted) => client.cancel({ ...filterOf(wanted), by: userName() }),
    async remove(wanted, ids) {
      // An id that is not known here is told before anything is cancelled.
      for (const id of ids) await client.message(id);
      return cancelIds(client, ids, { ...filterOf(wanted), waiting: true, by: userName() });
    },
  };
}

export function queueAt(
  client: Client,
  of: { readonly node: string; readonly via: string | undefined; readonly shell: Shell },
): QueueOf {
  const { node, via, shell } = of;
  /** Undefined: as above. */
  const ask = async (verb: string, wanted: QueueWanted, ids: readonly string[]): Promise<string | undefined> => {
    const message = { method: 'opQueue', methodArgs: [verb, ...wordsOf(wanted), ...ids] };
    return askOperator(client, { at: node, ...(via === undefined ? {} : { via }), message, shell });
  };
  const read = <T>(text: string | undefined, as: (text: string) => T | undefined): T | undefined => {
    if (text === undefined) return undefined;
    const found = as(text);
    if (found === undefined)
      throw new StewardError('internal', `the answer of ${node} has another form than this version knows`);
    return found;
  };
  const counts = (text: string | undefined): CancelledCounts | undefined =>
    read(text, (one) => decode(cancelledSchema, one));
  return {
    list: async (wanted) => read(await ask('list', wanted, []), (one) => decode(queueSchema, one)),
    clear: async (wanted) => counts(await ask('clear', wanted, [])),
    remove: async (wanted, ids) => counts(await ask('remove', wanted, ids)),
  };
}

function wordsOf({ to, lane, olderMs }: QueueWanted): readonly string[] {
  return [
    ...(to === undefined ? [] : [`to=${to}`]),
    ...(lane === undefined ? [] : [`lane=${lane}`]),
    ...(olderMs === undefined ? [] : [`older=${Math.floor(olderMs)}`]),
  ];
}
