// Reads what is asked of the log, and what is wished of a message.
import * as v from 'valibot';
import { StewardError } from '../model/error.ts';
import { isMessageId } from '../model/id.ts';
import { parseNodeName } from '../model/node-name.ts';
import type { LogQuestion } from './service.ts';

/** Throws `invalid-usage` and `invalid-node-name`. */
export function readQuestion(query: URLSearchParams): LogQuestion {
  const since = query.get('since');
  const node = query.get('node');
  const id = query.get('id');
  const sinceMs = since === null ? undefined : readTime(since);
  if (id !== null && !isMessageId(id)) throw new StewardError('invalid-usage', `"${id.slice(0, 40)}" is no message id`);
  return {
    ...(sinceMs === undefined ? {} : { since: sinceMs }),
    ...(node === null ? {} : { node: parseNodeName(node) }),
    ...(id === null ? {} : { id }),
    follow: ['1', 'true'].includes(query.get('follow') ?? ''),
  };
}

function readTime(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StewardError('invalid-usage', `since cannot be "${text.slice(0, 40)}"`, {
    hint: 'milliseconds since 1970',
  });
}

/** Nothing is no wish. Throws `invalid-usage`. */
export function readWish<const Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): v.InferOutput<Schema> {
  const text = Buffer.from(bytes).toString().trim();
  const wish = text === '' ? {} : parseJson(text);
  const result = v.safeParse(schema, wish);
  if (result.success && !Array.isArray(wish)) return result.output;
  throw new StewardError('invalid-usage', 'the body is not what is wished of a message', {
    hint: 'leave it out, or see docs/api.md',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StewardError('invalid-usage', 'the body is no JSON', { hint: 'leave it out', cause: error });
  }
}
