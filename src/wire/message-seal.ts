// What a message that other nodes carry is sealed with, by its sender: they cannot change anything of it unnoticed by mistake.
//
// 1. It covers sender, receiver, head and body, and is the last key of the head: the text is the same at each node of the way.
// 2. It finds damage, and says nothing of who made it: it has no key.
import { createHash } from 'node:crypto';
import type { Message } from '../model/message.ts';

const sealed = /^(\{.*),"s":"([A-Za-z0-9_-]{43})"\}$/s;

/** `head`: as `packHead` makes it. */
export function sealHead(head: string, of: Pick<Message, 'from' | 'to'>, body: Uint8Array): string {
  return `${head.slice(0, -1)},"s":"${sealOf(head, of, body)}"}`;
}

/** Whether head and body are those that were sealed. */
export function isAsSealed(head: string, of: Pick<Message, 'from' | 'to'>, body: Uint8Array): boolean {
  const [, before, seal] = sealed.exec(head) ?? [];
  return before !== undefined && seal === sealOf(`${before}}`, of, body);
}

function sealOf(head: string, { from, to }: Pick<Message, 'from' | 'to'>, body: Uint8Array): string {
  return createHash('sha256').update(`steward message 1\n${from}\n${to}\n${head}\n`).update(body).digest('base64url');
}
