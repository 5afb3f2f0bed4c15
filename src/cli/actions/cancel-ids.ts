// Takes many messages back, in as many steps as the node wants.
import type { Client } from '../../client/client.ts';
import type { CancelledCounts, CancelWish } from '../../contract/queue.ts';
import { StewardError } from '../../model/error.ts';
import { maxFilterIds } from '../../model/queue-filter.ts';

/** Throws what the node answers; behind the first step it says how many of them came before. */
export async function cancelIds(client: Client, ids: readonly string[], wish: CancelWish): Promise<CancelledCounts> {
  let [cancelled, asked] = [0, 0];
  for (let done = 0; done < ids.length; done += maxFilterIds) {
    try {
      const counts = await client.cancel({ ...wish, ids: ids.slice(done, done + maxFilterIds) });
      cancelled += counts.cancelled;
      asked += counts.asked;
    } catch (error) {
      if (done === 0 || !(error instanceof StewardError)) throw error;
      throw new StewardError(
        error.code,
        `of ${ids.length} messages the first ${done} were cancelled, or are to be; the others from ${ids[done] ?? ''} on perhaps not: ${error.message}`,
        { hint: 'the same command once more does the rest', cause: error },
      );
    }
  }
  return { cancelled, asked };
}
