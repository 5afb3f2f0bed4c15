// The parser as the tests call it.
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { StewardError } from '../../../src/model/error.ts';
import type { Draft, Message } from '../../../src/model/message.ts';

export const day = 86_400_000;

export const defaults = { ackTimeoutMs: 10_000, retries: -1, methodTimeoutMs: 20_000, expiresMs: 30 * day };

/** A message to `ship1` with the least that it needs, and what is given. */
export function ping(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { toNode: 'ship1', method: 'ping', ...fields };
}

export function parse(input: unknown): readonly Draft[] {
  const text = typeof input === 'string' || input instanceof Uint8Array ? input : JSON.stringify(input);
  return parseMessageFile(text, { defaults });
}

/** The message of an input that makes one draft. */
export function parseOne(input: unknown): Draft['message'] {
  const [draft, ...others] = parse(input);
  if (draft === undefined || others.length > 0) throw new Error('expected one draft');
  return draft.message;
}

export function reply(input: unknown): NonNullable<Message['reply']> {
  const { reply } = parseOne(input);
  if (reply === undefined) throw new Error('expected a reply');
  return reply;
}

/** The error with which the input is refused. */
export function refused(input: unknown): StewardError {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
  throw new Error('expected the input to be refused');
}
