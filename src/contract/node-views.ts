// What a node says of itself and of the others.
import * as v from 'valibot';
import { messageStates } from '../model/state.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Every state is present, with 0 where there is none. */
const countsByState = v.object(v.entriesFromList(messageStates, count));

export const countsSchema = v.object({
  counts: countsByState,
  /** Messages that ended, and whose reply has not been handled yet. */
  waitingReplies: count,
  /** Those of which the reply could not be handled, as long as they are kept. A node of an older version counts none. */
  failedReplies: v.optional(count, 0),
});

const nodeViewSchema = v.object({
  name: v.string(),
  presence: v.picklist(['online', 'offline', 'unknown']),
  /** Since when it is present or absent, as far as we know. */
  since: v.exactOptional(v.number()),
  lastHeardAt: v.exactOptional(v.number()),
  /** Messages for it that are `queued` here. */
  queued: count,
  oldestQueuedAt: v.exactOptional(v.number()),
  /** The groups that it says it belongs to. */
  groups: v.exactOptional(v.array(v.string())),
  /** The version of Steward that it runs. */
  version: v.exactOptional(v.string()),
});

export const nodeViewsSchema = v.array(nodeViewSchema);

export const infoSchema = v.object({
  node: v.string(),
  version: v.string(),
  pid: v.number(),
  startedAt: v.number(),
  link: v.object({ state: v.picklist(['up', 'down']), broker: v.string(), since: v.number() }),
  central: v.string(),
  store: v.object({
    state: v.picklist(['ok', 'stalled']),
    reason: v.exactOptional(v.string()),
    /** What its files take, and may take; without a quota: as much as there is room for. */
    bytes: v.exactOptional(count),
    quota: v.exactOptional(count),
  }),
});

export type Counts = v.InferOutput<typeof countsSchema>;
export type NodeView = v.InferOutput<typeof nodeViewSchema>;
export type Info = v.InferOutput<typeof infoSchema>;
