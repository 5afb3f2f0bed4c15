// The fields that say where a message goes.
import { maxHops } from '../../model/route.ts';
import type { FieldDefinition } from './field-definition.ts';

export const targetFields = {
  toNode: {
    kind: 'nodes',
    doc: 'The node that the message is for, or several; each gets a message of its own. `@NAME` stands for the nodes of a group, `@all` for every other node that was heard of.',
    default: 'none: one of `toNode`, `toNodes` and `toHosts` has to name a node',
    example: 'ship1',
  },
  toNodes: {
    kind: 'nodes',
    doc: 'The same as `toNode`. Where several of these fields are given the message goes to all that they name, once to each.',
    default: 'as `toNode`',
    example: ['ship1', 'ship2', '@pilots'],
  },
  toHosts: {
    kind: 'nodes',
    doc: 'An older name of `toNodes`, for files of the original.',
    default: 'as `toNode`',
    example: ['ship1', 'ship2'],
  },
  jetstreamToNode: {
    kind: 'nodes',
    doc: 'One more node, for files of ctrl, where the broker kept the message for it in a stream. Here it goes as any other, which the answer says in a warning.',
    default: 'none',
    example: 'ship1',
  },
  lateJoiners: {
    kind: 'boolean',
    doc: 'The message also goes to nodes that appear in its group before it expires, once to each (`@all`: that are heard of for the first time). It is kept on central, takes at most 256 KiB, and needs a group.',
    default: '`false`: to those that are known now',
    example: true,
    beside: { toNode: '@all', method: 'hello' },
  },
  via: {
    kind: 'way',
    most: maxHops,
    doc: 'The nodes that carry the message to its receiver, and the answer back, in their order. Not with `ACKTimeout: 0`.',
    default: 'it goes straight',
    example: ['gateway'],
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
