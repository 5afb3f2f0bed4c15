// Which messages of the outbox are meant. All that is given has to fit; what is a reply, or has ended, never does.
import type { LaneName } from './lane.ts';
import type { MessageId } from './message.ts';
import type { NodeName } from './node-name.ts';

export interface QueueFilter {
  readonly ids?: readonly MessageId[] | undefined;
  /** Its receiver. */
  readonly to?: NodeName | undefined;
  /** Messages of this node, that are only carried here; absent: those of this node itself. */
  readonly origin?: NodeName | undefined;
  /** As it is named on the wire; of those that want no ACK, too. */
  readonly lane?: LaneName | undefined;
  readonly key?: string | undefined;
  /** Taken in before the message of this order. */
  readonly beforeOrd?: number | undefined;
  /** Taken in before this wall time, ms. */
  readonly queuedBefore?: number | undefined;
}

/** Of most ids that one filter names. */
export const maxFilterIds = 512;
