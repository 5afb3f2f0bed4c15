// Whether a command and its node have to do with each other's end (`endsNode`, `detach`), and whether its output may come ahead of it.
import type { Message } from '../model/message.ts';
import type { MethodName } from '../model/method-name.ts';
import { isFieldFor } from './fields/fields.ts';
import { refuse, valueOf, type Given } from './given-fields.ts';
import { readBoolean, readChoice, readCount } from './read-value.ts';

export function readLife(given: Given, method: MethodName): Pick<Message, 'endsNode' | 'detach' | 'largeOutput'> {
  return {
    ...(readEndsNode(given, method) ? { endsNode: true } : {}),
    ...(readDetach(given, method) ? { detach: true } : {}),
    ...(readLargeOutput(given, method) ? { largeOutput: true } : {}),
  };
}

/** Such a command is never run again by itself: it would end its node for ever. */
function readEndsNode(given: Given, method: MethodName): boolean {
  if (readBoolean(given, 'endsNode') !== true) return false;
  if (!isFieldFor('endsNode', method))
    refuse(given, 'endsNode', { message: `${method} cannot end a node`, hint: 'endsNode is for cliCommand' });
  if ((readCount(given, 'methodRetries') ?? 0) > 0)
    refuse(given, 'methodRetries', {
      message: 'a command that ends its node is not run again',
      hint: 'leave out methodRetries',
    });
  if (readChoice(given, 'rerun') === 'always')
    refuse(given, 'rerun', { message: 'a command that ends its node is not run again', hint: 'leave out rerun' });
  return true;
}

function readDetach(given: Given, method: MethodName): boolean {
  if (readBoolean(given, 'detach') !== true) return false;
  if (!isFieldFor('detach', method))
    refuse(given, 'detach', { message: `${method} cannot be detached`, hint: 'detach is for cliCommand' });
  if (readBoolean(given, 'endsNode') === true)
    refuse(given, 'detach', {
      message: 'a command that is detached outlives its node anyway, and nobody waits for its end',
      hint: 'leave out endsNode, or detach to hear how it ends',
    });
  return true;
}

const alone = ['endsNode', 'detach', 'schedule', 'cron', 'replyTo'] as const;

function readLargeOutput(given: Given, method: MethodName): boolean {
  if (readBoolean(given, 'largeOutput') !== true) return false;
  if (!isFieldFor('largeOutput', method))
    refuse(given, 'largeOutput', { message: 'largeOutput is for cliCommand', hint: 'leave it out' });
  const other = alone.find((name) => ![undefined, false, ''].includes(valueOf(given, name) as undefined));
  if (other !== undefined)
    refuse(given, 'largeOutput', {
      message: `with ${other} all of the output comes at once`,
      hint: `leave out largeOutput, or ${other}`,
    });
  return true;
}
