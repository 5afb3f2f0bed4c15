// Groups of nodes: named as nodes are, by the operator of the node that sends, or of the node that belongs to them.

export type GroupName = string;

/** The group of every other node that was heard of. It is not written, and cannot be. */
export const everyNode: GroupName = 'all';

/** That a node says it belongs to, and their characters in all: it is remembered of every node that was heard of. */
export const maxGroups = 16;
export const maxGroupCharacters = 400;
