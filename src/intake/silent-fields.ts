// Fields of the originals without a meaning here. A file may hold them as long as they say nothing: their programs wrote every field of a
// message, and people copied what was written.
import { isLaterField } from './field-names.ts';

interface Words {
  readonly message: string;
  readonly hint: string;
}

/** What nodes of the originals, and their programs, set in a message, by its name in lower case. */
export const silentFields: ReadonlyMap<string, Words> = new Map(
  Object.entries({
    argSignature: { message: 'messages are not signed by their authors', hint: 'leave argSignature out' },
    commandOrEvent: {
      message: 'whether an ACK is wanted is not said by commandOrEvent',
      hint: 'leave it out; ACKTimeout 0 wants no ACK',
    },
    done: { message: 'done is set by nodes, not by people', hint: 'leave it out' },
    isReply: { message: 'isReply is set by nodes, not by people', hint: 'leave it out' },
    isSubPublishedMsg: { message: 'isSubPublishedMsg is set by nodes, not by people', hint: 'leave it out' },
    previousMessage: { message: 'previousMessage is set by nodes, not by people', hint: 'leave it out' },
    replyMethodInstructions: { message: "replyMethodInstructions is for ctrl's own pages", hint: 'leave it out' },
  }).map(([name, refusal]) => [name.toLowerCase(), refusal]),
);

/** What to write in place of a field that is not supported yet. */
const instead: ReadonlyMap<string, string> = new Map([
  ['relayvianode', 'name the nodes on the way in via, such as "via": ["central"]'],
  ['nodealias', 'name a group of nodes: "toNode": "@NAME"'],
]);

/** Whether the field is one of them and says nothing. */
export function saysNothing(key: string, value: unknown): boolean {
  const lower = key.toLowerCase();
  if (!silentFields.has(lower) && !isLaterField(key)) return false;
  // Every message but a hello wanted an ACK, whether the field said so or not.
  return isNothing(value) || (lower === 'commandorevent' && /^(command|event)ack$/i.test(String(value)));
}

/** Why it is refused where it says something; undefined where it is none of them. */
export function refusalOf(key: string): Words | undefined {
  const lower = key.toLowerCase();
  if (!isLaterField(key)) return silentFields.get(lower);
  return { message: `the field ${key} is not supported yet`, hint: instead.get(lower) ?? 'leave it out' };
}

/** What the originals wrote for "not given". */
function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}
