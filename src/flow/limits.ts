// How much this node lets wait and run, as its operator says. `Infinity`: no limit. All are read at intake, at accepting, or at a start
// of a method, and never change in the life of a node.

export interface Limits {
  /** Open in the outbox: beyond it intake refuses. In all, and for one node. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly queuedMessagesPerNode: number;
  readonly queuedBytesPerNode: number;
  /** Accepted and not ended: beyond it nothing is accepted. Once for requests, and once for replies. */
  readonly inboxMessages: number;
  readonly inboxBytes: number;
  /** Methods that are processes of their own: at once for one sender, and in all. */
  readonly runningPerSender: number;
  readonly runningTotal: number;
}

export const noLimits: Limits = {
  queuedMessages: Infinity,
  queuedBytes: Infinity,
  queuedMessagesPerNode: Infinity,
  queuedBytesPerNode: Infinity,
  inboxMessages: Infinity,
  inboxBytes: Infinity,
  runningPerSender: Infinity,
  runningTotal: Infinity,
};
