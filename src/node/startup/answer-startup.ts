// The method opStartup: the startup messages of this node, for an operator at another one.
//
// 1. It fails with the words of the error; nothing that a message holds makes it reject.
import { answerOf } from '../own-answer.ts';
import type { Message } from '../../model/message.ts';
import { StewardError } from '../../model/error.ts';
import type { RunResult } from '../../methods/run.ts';
import type { Startup } from './startup.ts';

const hint = 'list, add NAME [now] with the message as data, or remove NAME';

/** `["list"]`, `["add", NAME, "now"?]` with a message file as its body, `["remove", NAME]`; without any, `list`. */
export function answerStartup({ args }: Message, body: Uint8Array, startup: Startup): Promise<RunResult> {
  return answerOf(async () => {
    const [verb = 'list', name, ...rest] = args;
    if (verb === 'list' && name === undefined) return startup.list();
    if (verb === 'add' && name !== undefined && (rest.length === 0 || (rest.length === 1 && rest[0] === 'now')))
      await startup.add(name, body, rest.length > 0);
    else if (verb === 'remove' && name !== undefined && rest.length === 0) await startup.remove(name);
    else
      throw new StewardError('invalid-usage', `no such wish: ${JSON.stringify(args.join(' ').slice(0, 80))}`, { hint });
    return { done: `${verb === 'add' ? 'added' : 'removed'} ${name}` };
  });
}
