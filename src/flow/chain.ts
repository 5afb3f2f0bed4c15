// The chain tag: binds every position of a lane to all before it, so that two ends notice when their histories differ.
import { hash } from 'node:crypto';
import type { LaneName } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';

export interface ChainStart {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly lane: LaneName;
  readonly epoch: string;
  /** The receiver's incarnation. */
  readonly incarnation: string;
}

/**
 * The epoch of a lane that begins to count. The same again where a store that went back in time begins a lane for the second time:
 * what had been accepted is then known by its position and tag, and does not run twice. `origin` is made with the store, once.
 */
export function firstEpoch(origin: string, start: Omit<ChainStart, 'epoch'>): string {
  return digest(['steward epoch 1', origin, start.from, start.to, start.lane, start.incarnation].join('\n'));
}

/** The tag before position 1. */
export function firstTag(start: ChainStart): string {
  return digest(['steward lane 1', start.from, start.to, start.lane, start.epoch, start.incarnation].join('\n'));
}

export function nextTag(tag: string, id: MessageId): string {
  return digest(`${tag}\n${id}`);
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 12);
}
