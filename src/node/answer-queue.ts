// The method opQueue: what waits in this node, and taking it back, for an operator at another node.
//
// From: the methods (kind `node`). To: the same queue and cancel as the API has.
// 1. It fails with the words of the API's error; nothing that a message holds makes it reject.
// 2. What it lists is bounded: the counts are of all, the messages the first of them.
import type { CancelWish, Queue, WaitingFilter } from '../contract/queue.ts';
import type { Message } from '../model/message.ts';
import { StewardError } from '../model/error.ts';
import type { RunResult } from '../methods/run.ts';
import { answerOf } from './own-answer.ts';

export interface QueueParts {
  readonly queue: (wanted: WaitingFilter) => Promise<Queue>;
  readonly cancel: (wish: CancelWish) => Promise<object>;
  readonly wall: () => number;
}

const maxListed = 200;
const example = 'list, clear, or remove with ids; before the ids to=NODE, lane=LANE, older=MILLISECONDS';

/** `["list" | "clear" | "remove", "to=NODE", "lane=LANE", "older=MS", ID…]`; without any, `list`. */
export function answerQueue({ args, from }: Message, parts: QueueParts): Promise<RunResult> {
  return answerOf(async () => {
    const [verb = 'list', ...words] = args;
    const { filter, ids } = readWords(words, parts.wall());
    if ((verb === 'remove') !== ids.length > 0 || !['list', 'clear', 'remove'].includes(verb))
      throw new StewardError('invalid-usage', `a queue knows no "${args.join(' ').slice(0, 80)}"`, { hint: example });
    if (verb !== 'list')
      return parts.cancel({ ...filter, by: from, ...(verb === 'remove' ? { ids: [...ids], waiting: true } : {}) });
    const found = await parts.queue(filter);
    const more = found.more || found.messages.length > maxListed;
    return { ...found, messages: found.messages.slice(0, maxListed), more };
  });
}

function readWords(
  words: readonly string[],
  now: number,
): { readonly filter: WaitingFilter; readonly ids: readonly string[] } {
  const filter: { to?: string; lane?: string; before?: number } = {};
  const ids: string[] = [];
  for (const word of words) {
    const [, name, value = ''] = /^(to|lane|older)=(.*)$/.exec(word) ?? [];
    if (name === undefined) ids.push(word);
    else if (name === 'to' || name === 'lane') filter[name] = value;
    // An age, not a time: the clocks of two nodes are two.
    else if (/^\d{1,15}$/.test(value)) filter.before = Math.max(0, Math.floor(now) - Number(value));
    else throw new StewardError('invalid-usage', `"${word.slice(0, 80)}" is no age in milliseconds`, { hint: example });
  }
  return { filter, ids };
}
