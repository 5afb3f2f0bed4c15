// The tables of the store in memory, and what is asked of them in more than one place.
import { inlineBodyBytes, type MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type {
  InboxRecord,
  InLaneRecord,
  OutboxRecord,
  OutLaneRecord,
  PeerRecord,
  TransferRecord,
} from '../model/record.ts';
import type { PieceOwner } from '../model/store-op.ts';
import type { ScheduleRecord } from '../model/schedule.ts';
import type { ErrorRows } from './memory-errors.ts';
import type { HeldRows } from './memory-held.ts';

export interface Tables {
  readonly errors: ErrorRows;
  readonly held: HeldRows;
  readonly meta: Map<string, string>;
  readonly boots: string[];
  readonly peers: Map<string, PeerRecord>;
  readonly outbox: Map<number, OutboxRecord>;
  readonly outlanes: Map<string, OutLaneRecord>;
  readonly inbox: Map<number, InboxRecord>;
  readonly inlanes: Map<string, InLaneRecord>;
  readonly transfers: Map<string, TransferRecord>;
  readonly schedules: Map<number, ScheduleRecord>;
  /** By owner, then by number. */
  readonly pieces: Map<string, Map<number, Uint8Array>>;
  /** The node time of the last change, by order. */
  readonly doneAt: { readonly outbox: Map<number, number>; readonly inbox: Map<number, number> };
}

export function hasAccepted(
  inbox: Iterable<InboxRecord>,
  of: { readonly from: NodeName; readonly id: MessageId },
): boolean {
  for (const { from, id, bodySize } of inbox)
    if (from === of.from && id === of.id && bodySize > inlineBodyBytes) return true;
  return false;
}

export function ownerKey(owner: PieceOwner): string {
  return `${owner.box}/${owner.sender}/${owner.id}`;
}
