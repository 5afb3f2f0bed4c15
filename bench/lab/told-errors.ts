// What central has been told of the errors of others: as somebody sees it who follows its list, and as it answers for each node.
import type { Client } from '../../src/client/client.ts';

/** How many errors of each code. */
export type Codes = Readonly<Record<string, number>>;

export interface FollowedErrors {
  /** By node, of all codes. Throws where following has failed. */
  readonly sums: () => ReadonlyMap<string, number>;
  readonly end: () => Promise<void>;
}

export function followErrors(client: Client): FollowedErrors {
  const stop = new AbortController();
  const rows = new Map<string, number>();
  const sums = new Map<string, number>();
  let failure: unknown;
  const read = async (): Promise<void> => {
    for await (const error of client.followErrors({ after: 0 }, { signal: stop.signal, onAway: undefined })) {
      const { node, code, text, firstAt, count } = error;
      const row = `${node} ${code} ${firstAt} ${text}`;
      sums.set(node, (sums.get(node) ?? 0) + count - (rows.get(row) ?? 0));
      rows.set(row, count);
    }
  };
  const reading = read().catch((error: unknown) => (failure = error));
  return {
    sums() {
      if (failure !== undefined) throw failure;
      return sums;
    },
    async end() {
      stop.abort();
      await reading;
    },
  };
}

/** Asks for each node by itself. Throws where one count differs from what the node itself had counted. */
export async function checkCounts(client: Client, counted: Readonly<Record<string, Codes>>): Promise<void> {
  for (const [node, codes] of Object.entries(counted)) {
    const { errors, more } = await client.errors({ node });
    const found: Record<string, number> = {};
    for (const { code, count } of errors) found[code] = (found[code] ?? 0) + count;
    if (more || Object.keys({ ...codes, ...found }).some((code) => codes[code] !== found[code]))
      throw new Error(`${node} had ${JSON.stringify(codes)}, and central says ${JSON.stringify(found)}`);
  }
}

export function sumOf(codes: Codes): number {
  return Object.values(codes).reduce((sum, count) => sum + count, 0);
}
