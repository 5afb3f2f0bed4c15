// The seal of a frame, and the stages that a message passes before it is accepted. Injected, so that signatures and policy
// take their place without a change of the flow.
import { createHash } from 'node:crypto';
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

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update('steward frame 1').update(bytes).digest().subarray(0, digestBytes);
}

/** A digest, no signature: it finds damage, and says nothing of who sent it. Used until nodes have keys. */
export const digestSeals: Seals = {
  seal: digest,
  check: (bytes, seal) => seal.length === digestBytes && digest(bytes).equals(seal),
};

export const openPolicy: Policy = { refuse: () => undefined };
