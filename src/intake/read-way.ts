// The nodes that carry a message to its receiver.
import { StewardError } from '../model/error.ts';
import { parseNodeName, type NodeName } from '../model/node-name.ts';
import { refuseWay } from '../model/route.ts';
import { describeValue, refuse, valueOf, type Given } from './given-fields.ts';

interface Ends {
  /** This node; absent: not known. */
  readonly from: NodeName | undefined;
  readonly targets: readonly NodeName[];
  /** It also goes to others. */
  readonly lateJoiners: boolean;
  readonly ackTimeoutMs: number;
}

/** The way to each of the targets. */
export type WayTo = (to: NodeName) => { readonly via?: readonly NodeName[] };

/**
 * A list, or text with commas. Undefined where the messages go straight. Of several targets one may be on the way to the others, as the
 * gateway of a group is: its own message comes to it by what is before it.
 */
export function readWay(given: Given, { from, targets, lateJoiners, ackTimeoutMs }: Ends): WayTo | undefined {
  const value = valueOf(given, 'via');
  if (value === undefined || value === '') return undefined;
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value];
  if (list.length === 0) return undefined;
  const via = list.map((element, index) => readHop(given, element, Array.isArray(value) ? index : undefined));
  const wayTo: WayTo = (to) => {
    const at = targets.length > 1 || lateJoiners ? via.indexOf(to) : -1;
    const before = at < 0 ? via : via.slice(0, at);
    return before.length === 0 ? {} : { via: before };
  };
  for (const to of targets) {
    const refusal = refuseWay({ from: from ?? '', ...wayTo(to), to });
    if (refusal === undefined) continue;
    refuse(given, 'via', {
      message: `${refusal} leads nowhere: ${[...(from === undefined ? [] : [from]), ...via, to].slice(0, 12).join(', ')}`,
      hint: 'name the nodes between this one and toNode, each once, in their order',
    });
  }
  if (ackTimeoutMs === 0)
    refuse(given, 'via', {
      message: 'a message that wants no ACK (ACKTimeout 0) is carried by nobody',
      hint: 'leave out ACKTimeout, or give it seconds',
    });
  return wayTo;
}

function readHop(given: Given, value: unknown, element: number | undefined): NodeName {
  const where = element === undefined ? {} : { element };
  if (typeof value !== 'string')
    return refuse(given, 'via', { ...where, message: `the name of a node is text, not ${describeValue(value)}` });
  try {
    return parseNodeName(value.trim());
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return refuse(given, 'via', { ...where, ...hint, message: error.message });
  }
}
