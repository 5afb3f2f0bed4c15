// The seal of a frame, and the stages that a message passes before it is accepted. Injected, so that signatures and policy
// take their place without a change of the flow.
import { hash } from 'node:crypto';
import type { Message } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';

/** Seals what this node sends and checks what others sent. */
export interface Seals {
  seal(bytes: Uint8Array): Uint8Array;
  check(bytes: Uint8Array, seal: Uint8Array): boolean;
}

/** Decides whether a message may run here: undefined for yes, otherwise the reason why not. */
export interface Policy {
  refuse(message: Message, from: NodeName): string | undefined;
}

const digestBytes = 8;
const mark = Buffer.from('steward frame 1');

function digest(bytes: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([mark, bytes]), 'buffer').subarray(0, digestBytes);
}

/** A digest, no signature: it finds damage, and says nothing of who sent it. Used until nodes have keys. */
export const digestSeals: Seals = {
  seal: digest,
  check: (bytes, seal) => seal.length === digestBytes && digest(bytes).equals(seal),
};

export const openPolicy: Policy = { refuse: () => undefined };
