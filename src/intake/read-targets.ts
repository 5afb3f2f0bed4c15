// The nodes that a message goes to.
import { StewardError } from '../model/error.ts';
import type { GroupName } from '../model/group.ts';
import { parseNodeName, type NodeName } from '../model/node-name.ts';
import { describeValue, refuse, valueOf, type Given } from './given-fields.ts';

/** The most messages of one submission, each node of each message counted: 16 MiB of text could name millions. */
export const maxSubmissionMessages = 100_000;

/** Nodes of a group, in order. Throws a StewardError for a group that there is not, unless it may be empty. */
export type MembersOf = (group: GroupName, mayBeEmpty: boolean) => readonly NodeName[];

/** How the name of a group begins: no name of a node does. */
const groupMark = '@';

const targetFields = ['toNode', 'toNodes', 'toHosts', 'jetstreamToNode'] as const;

export interface Targets {
  readonly names: readonly NodeName[];
  /** The groups that were named. */
  readonly groups: readonly GroupName[];
}

/**
 * All of `toNode`, `toNodes`, `toHosts` and `jetstreamToNode`, in this order, each name once. Lists, and text with commas, are the same; @NAME stands for the
 * nodes of a group. `mayBeEmpty`: nobody need belong to it yet.
 */
export function readTargets(given: Given, membersOf?: MembersOf, mayBeEmpty = false): Targets {
  const names = new Set<NodeName>();
  const groups = new Set<GroupName>();
  for (const field of targetFields) {
    const value = valueOf(given, field);
    if (value === undefined || value === '') continue;
    if (Array.isArray(value)) {
      const list: readonly unknown[] = value;
      if (list.length > maxSubmissionMessages) {
        refuse(given, field, { message: `more than ${maxSubmissionMessages} nodes` });
      }
      list.forEach((element, index) =>
        addNames(names, { given, field, value: element, element: index, membersOf, groups, mayBeEmpty }),
      );
    } else {
      addNames(names, { given, field, value, membersOf, groups, mayBeEmpty });
    }
  }
  if (names.size === 0 && !(mayBeEmpty && groups.size > 0)) {
    return refuse(given, 'toNode', { message: 'toNode is missing', hint: 'name the node that the message is for' });
  }
  return { names: [...names], groups: [...groups] };
}

/** Of a message that a node gives itself: its own name, `local`, or nothing. */
export function localTarget(given: Given, node: NodeName): Targets {
  for (const field of [...targetFields, 'lateJoiners', 'via', 'after', 'schedule', 'cron'] as const) {
    const value = valueOf(given, field);
    if (value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0))
      continue;
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isTarget = targetFields.some((name) => name === field);
    if (isTarget && names.every((name) => name === 'local' || name === node)) continue;
    refuse(given, field, {
      message: isTarget ? `a startup message is for its own node, ${node}` : `a startup message has no ${field}`,
      hint: isTarget ? 'leave it out, or write "local"' : `leave ${field} out`,
    });
  }
  return { names: [node], groups: [] };
}

interface NamesAt {
  readonly given: Given;
  readonly field: (typeof targetFields)[number];
  readonly value: unknown;
  readonly element?: number;
  readonly membersOf: MembersOf | undefined;
  /** Whose nodes have been named already. */
  readonly groups: Set<GroupName>;
  readonly mayBeEmpty: boolean;
}

function addNames(names: Set<NodeName>, at: NamesAt): void {
  const { given, field, value } = at;
  const where = at.element === undefined ? {} : { element: at.element };
  // A number cannot be told from a name that consists of digits, but 007 and 7 are two names: it has to be text.
  if (typeof value !== 'string') {
    return refuse(given, field, { ...where, message: `the name of a node is text, not ${describeValue(value)}` });
  }
  const parts = value.split(',', maxSubmissionMessages + 1);
  if (parts.length > maxSubmissionMessages) {
    refuse(given, field, { ...where, message: `more than ${maxSubmissionMessages} nodes` });
  }
  for (const part of parts) {
    const name = part.trim();
    if (names.has(name)) continue;
    try {
      if (name.startsWith(groupMark)) addGroup(names, name.slice(groupMark.length), at);
      else names.add(parseNodeName(name));
    } catch (error) {
      if (!(error instanceof StewardError)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      return refuse(given, field, { ...where, ...hint, message: error.message });
    }
  }
}

function addGroup(names: Set<NodeName>, group: GroupName, at: NamesAt): void {
  const { given, field, membersOf, groups, mayBeEmpty } = at;
  if (groups.has(group)) return;
  if (mayBeEmpty) parseNodeName(group);
  groups.add(group);
  const members = membersOf?.(group, mayBeEmpty) ?? [];
  if (members.length === 0 && !mayBeEmpty) {
    refuse(given, field, {
      message: `no node is known in the group @${group}`,
      hint: '"steward nodes" lists what is known; groups are written in groups.toml, or at the nodes (Groups)',
    });
  }
  for (const name of members) names.add(name);
}
