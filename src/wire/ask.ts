// An ask: "where do you stand in these lanes?". Small, and answered with an ACK that echoes its nonce.
import type { FrameContent } from './frame.ts';
import { fields, integer, lane, list, token } from './field.ts';
import { packAddress, readAddress, type Address, type LanePoint } from './batch.ts';

export interface Ask extends Address {
  readonly lanes: readonly LanePoint[];
}

export const maxAskLanes = 64;

export function askFrame(ask: Ask): FrameContent {
  return {
    type: 'ask',
    head: JSON.stringify({
      ...packAddress(ask),
      a: ask.lanes.map((point) => ({ l: point.lane, e: point.epoch, b: point.base })),
    }),
  };
}

export function readAsk(value: unknown): Ask {
  const head = fields(value);
  return {
    ...readAddress(head),
    lanes: list(head, 'a', maxAskLanes)
      .map(fields)
      .map((point) => ({ lane: lane(point, 'l'), epoch: token(point, 'e'), base: integer(point, 'b') })),
  };
}
