// Every error that a person can meet: what the machine does about it, and what it means (docs/errors.md is made from this).

/** What the machine does about an error: try again, restart the process, stop the process, or only tell the operator. */
export type Verdict = 'retry' | 'restart' | 'stop' | 'tell';

interface ErrorEntry {
  readonly verdict: Verdict;
  /** HTTP status with which the node's API answers. */
  readonly status: number;
  /** Exit status of the command line. */
  readonly exit: number;
  /** What has happened, and what to do about it; the error itself says which field, file or node it is about. */
  readonly cause: string;
  readonly remedy: string;
}

/** The codes are stable: scripts may compare them. */
export const errorTable = {
  'invalid-message': {
    verdict: 'tell',
    status: 400,
    exit: 2,
    cause: 'A message file cannot be taken: it is no JSON or YAML, or a field is unknown, missing or wrong.',
    remedy: 'Mend the line, column or field that is named, and send the whole file again: nothing of it was taken.',
  },
  'invalid-node-name': {
    verdict: 'tell',
    status: 400,
    exit: 2,
    cause: 'A text that is to be the name of a node cannot be one.',
    remedy: 'Take the name that the hint suggests: letters, digits, "-", "_" and dots.',
  },
  'invalid-config': {
    verdict: 'stop',
    status: 400,
    exit: 2,
    cause: 'A value of the configuration is wrong, or a path in it cannot be used.',
    remedy: 'Change the flag, the variable, or the line of the file that is named; the hint says what is allowed.',
  },
  'invalid-usage': {
    verdict: 'tell',
    status: 400,
    exit: 2,
    cause: 'A command was given options, words or files that it does not take.',
    remedy: 'Look at --help of the command.',
  },
  'too-large': {
    verdict: 'tell',
    status: 413,
    exit: 2,
    cause: 'A submission is larger than 16 MiB or has too many messages, or an answer is too large to be read.',
    remedy: 'Send it in several parts.',
  },
  'not-found': {
    verdict: 'tell',
    status: 404,
    exit: 2,
    cause:
      'This node knows no message of that id: it has not sent it, or has removed it since it was finished. Or its API has no such path.',
    remedy:
      'Ask the node that the message was submitted to. Finished messages are kept for KeepMessages, and less long where StoreQuota is reached.',
  },
  'not-finished': {
    verdict: 'tell',
    status: 409,
    exit: 2,
    cause: 'The output of a message was asked for that has not ended, or ended without any.',
    remedy: 'Look at its state with "steward status ID".',
  },
  'already-running': {
    verdict: 'stop',
    status: 409,
    exit: 3,
    cause: 'Another process uses this folder, this socket or this port.',
    remedy: 'Stop the process that is named, or take a folder or port of its own for this one.',
  },
  'cross-site': {
    verdict: 'tell',
    status: 403,
    exit: 2,
    cause: 'A browser asked the API on behalf of a web page.',
    remedy: 'Ask it with a program of your own: with "Host: localhost" and without "Origin".',
  },
  'not-running': {
    verdict: 'tell',
    status: 503,
    exit: 3,
    cause: 'No node answers on the socket, or it may not be opened, or the node went away before it had answered.',
    remedy: 'Start the node, name its socket with --socket, or run the command as the user that the node runs as.',
  },
  'store-unavailable': {
    verdict: 'retry',
    status: 507,
    exit: 4,
    cause: 'The store cannot be opened, read or written: the disk is full, read-only or broken. Nothing was accepted.',
    remedy: 'Make room, or mend the disk. A node that runs goes on by itself; send again what was refused.',
  },
  'store-corrupt': {
    verdict: 'stop',
    status: 500,
    exit: 4,
    cause:
      'The file of the store holds something else than what was written to it. The node stops and leaves it as it is.',
    remedy:
      'Restore the store from a copy, with all files beside it, or move it away: the node then begins a new one, and other nodes are told so. If you have changed it yourself, remove `steward.db-sum`.',
  },
  busy: {
    verdict: 'retry',
    status: 503,
    exit: 3,
    cause: 'More submissions at once than the node takes.',
    remedy: 'Try again in a moment.',
  },
  stopping: {
    verdict: 'tell',
    status: 503,
    exit: 3,
    cause: 'The node is stopping, and took nothing.',
    remedy: 'Send it again when the node runs.',
  },
  'broker-unreachable': {
    verdict: 'retry',
    status: 503,
    exit: 3,
    cause: 'The broker that "steward broker" started has ended, or did not start in time.',
    remedy: 'See what it said, and start it again. Nodes wait for their broker, and need no restart.',
  },
  'invalid-frame': {
    verdict: 'tell',
    status: 400,
    exit: 1,
    cause: 'Something arrived from the broker that is no frame of this version. It was dropped and counted.',
    remedy: 'Look for who else publishes on the subjects of Steward, or for a node of another version.',
  },
  'path-refused': {
    verdict: 'tell',
    status: 400,
    exit: 1,
    cause: 'A message wants to write outside the data folder of its node, or to something that is no file.',
    remedy: 'Change directory and fileName of the message: they are below the data folder, without "..".',
  },
  internal: {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause: 'A mistake of this program, or an answer of a node of another version that cannot be understood.',
    remedy: "Read the node's log, and report it.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
