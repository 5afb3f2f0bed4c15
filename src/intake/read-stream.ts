// `jetstreamToNode`: ctrl published such a message in a stream of the broker, which kept it until the node of that name took it. Here it
// goes to that node as any other message, and waits at its sender.
import { refuse, valueOf, type Given } from './given-fields.ts';
import { readSpan } from './read-value.ts';

const warning = 'jetstreamToNode: the message goes to that node as any other does, without JetStream';

/** Throws `invalid-message` for the stream that all nodes read. */
export function warnOfStream(given: Given): readonly string[] {
  if (!namesStream(given)) return [];
  if (valueOf(given, 'jetstreamToNode') === 'all')
    return refuse(given, 'jetstreamToNode', {
      message: 'the stream "all" is not supported',
      hint: 'for every node that was heard of: "toNode": "@all", on central',
    });
  return [warning];
}

/** In milliseconds; undefined if absent, and for the 0 that ctrl had beside a stream: what the broker kept there, its sender keeps here. */
export function readAckTimeout(given: Given): number | undefined {
  const ms = readSpan(given, 'ACKTimeout');
  return ms === 0 && namesStream(given) ? undefined : ms;
}

function namesStream(given: Given): boolean {
  const value = valueOf(given, 'jetstreamToNode');
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}
