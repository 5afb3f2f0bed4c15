// A submission as messages, and what they wait for, by ids: those that it names, and those that it is about to get itself.
//
// 1. Every one of them is a message that this node has sent, and still knows; otherwise nothing is taken.
import type { Flow } from '../flow/flow.ts';
import type { NewMessage } from '../flow/new-message.ts';
import { StewardError } from '../model/error.ts';
import { maxAfter, type Draft, type MessageId } from '../model/message.ts';
import type { Store } from '../store/open-store.ts';

const idsAtOnce = 500;

/** Throws `invalid-message`. */
export async function refuseUnknownAfter(store: Store, drafts: readonly Draft[]): Promise<void> {
  const named = new Set<MessageId>();
  for (const { after = [] } of drafts) for (const one of after) if (typeof one === 'string') named.add(one);
  const ids = [...named];
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const asked = ids.slice(at, at + idsAtOnce);
    const found = await store.view({ view: 'messages', ids: asked });
    const known = new Set(found.filter(({ origin }) => origin === null).map(({ id }) => id));
    const unknown = asked.find((id) => !known.has(id));
    if (unknown !== undefined)
      throw new StewardError(
        'invalid-message',
        `after: this node has sent no message ${unknown}, or has forgotten it`,
        {
          hint: 'a message waits for messages of the node that it is submitted to; "steward status ID" shows whether it is known',
        },
      );
  }
}

/** `counts`: how many of the messages are of each place of the list. Throws `invalid-message`. */
export function withAfter(
  messages: readonly NewMessage[],
  { drafts, counts }: { readonly drafts: readonly Draft[]; readonly counts: readonly number[] },
): readonly NewMessage[] {
  if (drafts.every(({ after }) => after === undefined)) return messages;
  const begins: number[] = [];
  let before = 0;
  for (const count of counts) {
    begins.push(before);
    before += count;
  }
  const idsOf = (one: MessageId | number): readonly MessageId[] => {
    if (typeof one === 'string') return [one];
    const begin = begins[one - 1] ?? 0;
    return messages.slice(begin, begin + (counts[one - 1] ?? 0)).map(({ message }) => message.id);
  };
  return messages.map((made, index) => {
    const after = drafts[index]?.after?.flatMap(idsOf) ?? [];
    if (after.length > maxAfter)
      throw new StewardError(
        'invalid-message',
        `after: a message waits for at most ${maxAfter} others, not for ${after.length}`,
        {
          hint: 'each node of a message counts as one: name fewer of them',
        },
      );
    return after.length === 0 ? made : { ...made, after };
  });
}

/** What passes the answers on, to be sent beside these messages. */
export function passingOn(
  flow: Flow,
  drafts: readonly Draft[],
  messages: readonly NewMessage[],
): readonly NewMessage[] {
  return drafts.flatMap(({ passOn }, index) => {
    const request = messages[index]?.message.id;
    if (passOn === undefined || request === undefined) return [];
    const made = flow.newMessage({ message: passOn, body: new Uint8Array() });
    return [{ ...made, after: [request], answerOf: request }];
  });
}

export function* newMessages(flow: Flow, drafts: readonly Draft[]): Generator<void, readonly NewMessage[]> {
  const messages: NewMessage[] = [];
  for (const draft of drafts) {
    messages.push(flow.newMessage(draft));
    yield;
  }
  return messages;
}
