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
  'not-kept': {
    verdict: 'tell',
    status: 410,
    exit: 2,
    cause:
      'A message was to be sent again whose data this node does not have any more: they are too large to be kept in its log.',
    remedy: 'Send the message file again.',
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
  'queue-full': {
    verdict: 'retry',
    status: 429,
    exit: 1,
    cause:
      'More messages, or bytes of them, would wait on this node than its configuration lets wait, for one node or in all. Nothing of the submission was accepted.',
    remedy:
      'Send it again when some of what waits has been delivered ("steward nodes" shows for whom it waits), send fewer at once, or raise the option that the hint names.',
  },
  'no-answer': {
    verdict: 'tell',
    status: 504,
    exit: 3,
    cause:
      'A node that was asked for something did not answer in time, and may have done it or not: it went away while the question was under way.',
    remedy: '"steward status ID" tells when it is known; nothing is lost. Ask again when the node is there.',
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
  'store-full': {
    verdict: 'tell',
    status: 507,
    exit: 4,
    cause: 'The store is as large as StoreQuota allows, and nothing in it is finished, so nothing can be removed.',
    remedy:
      'Raise StoreQuota, or let messages that wait for absent nodes expire sooner ("steward nodes" shows for whom they wait).',
  },
  'lane-restarted': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'The two ends of a lane did not hold the same history: one of the two nodes had lost part of its store. Messages that may not rerun became `unknown`.',
    remedy: 'See with "steward status --state unknown" what that concerns, and do again what has to be done.',
  },
  'peer-lost-store': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'A node began with a new or an older store: its disk was exchanged, wiped or put back. What it had not answered goes again where it may rerun, and is `unknown` otherwise.',
    remedy: 'See with "steward status --state unknown" what that concerns, and look after the disk of that node.',
  },
  'store-lost': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'This node lost part of its store: the end of what it wrote is missing after a power cut, or an older copy was put back. It began a new incarnation.',
    remedy:
      'Look after the disk. What this node had accepted and may not rerun is reported as `unknown` to its senders.',
  },
  'name-doubled': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'Two nodes with one name, or two copies of one store, answer in turns. Nothing is sent to that name meanwhile.',
    remedy: 'Stop one of them, and give it a name and a store of its own.',
  },
  'frame-dropped': {
    verdict: 'tell',
    status: 400,
    exit: 1,
    cause:
      'Something arrived from the broker that is no frame of this version, or not for this node. It was dropped; the first and every thousandth is told.',
    remedy: 'Look for who else publishes on the subjects of Steward, or for a node of another version.',
  },
  'method-retried': {
    verdict: 'retry',
    status: 500,
    exit: 1,
    cause:
      'A method found something missing that may come back, such as room on the disk, and has done nothing. It is tried again, and its lane waits.',
    remedy: 'Mend what the reason names: the lane goes on by itself.',
  },
  'command-killed': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'A command did not end by itself: it crashed or was killed by a signal, or its node ended it since it ran longer, or wrote more, than it may.',
    remedy:
      'See with "steward status ID" how it ended, and with "steward output ID" what it wrote. Mend the command, or give it more time (`methodTimeout`) or room (`OutputLimit`).',
  },
  'error-post-failed': {
    verdict: 'retry',
    status: 502,
    exit: 1,
    cause:
      'Errors cannot be posted to `ErrorPostUrl`. They are counted on, and posted later; this error is told to nobody else, and once until they can be posted again.',
    remedy: 'See what the reason names: the server, its address, or the way to it.',
  },
  'output-lost': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'Output that a node sends to this one by a startup message could not be treated here: that part of it is missing.',
    remedy: 'See what the reason names, such as a path that is a folder. The parts that come later are treated.',
  },
  'method-broken': {
    verdict: 'tell',
    status: 400,
    exit: 1,
    cause: 'A module that `MethodModules` names cannot be a method. It is told at each start; messages for it fail.',
    remedy: 'Mend what is named. The node need not be started again: "steward methods" shows whether it is well.',
  },
  'startup-broken': {
    verdict: 'tell',
    status: 400,
    exit: 1,
    cause: 'A startup message cannot be taken, and was set aside: its file has `.broken` at the end of its name now.',
    remedy: 'Mend the line, column or field that is named, take `.broken` from the name, and start the node again.',
  },
  'startup-failed': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause: 'A startup message was not given, or did not end as `succeeded`. It is given again at the next start.',
    remedy: 'See what the reason names; "steward status ID" tells more. "steward startup" lists them all.',
  },
  'startup-ended': {
    verdict: 'restart',
    status: 500,
    exit: 1,
    cause:
      'A startup message that is to run as long as its node (`methodTimeout` -1) has ended, or was not accepted. It begins again after a pause, which grows to five minutes.',
    remedy: 'See with "steward output ID" what it said at its end, or remove it with "steward startup remove".',
  },
  'orphan-ended': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause: 'A command had outlived its node, which died. The next start of the node ended it.',
    remedy: 'Its message runs again where it may rerun, and is `unknown` otherwise: see what it had done.',
  },
  'orphan-left': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause: 'A command outlived its node and cannot be ended, so it may run beside what comes after it.',
    remedy: 'Look at the process that is named; it probably waits for a device or a file system.',
  },
  'run-left': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause: 'The node stopped, and something that it ran could not be ended in time.',
    remedy: 'Look for what still runs on that machine. The next start of the node tries to end it again.',
  },
  'store-unchecked': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'The sums of the pages of the store could not be kept: damage of the disk is not found before the next start.',
    remedy: 'Mend what the reason names, and start the node again.',
  },
  'link-unreachable': {
    verdict: 'retry',
    status: 503,
    exit: 3,
    cause: 'No broker takes the connection: it is away, its address is wrong, or it refuses the login.',
    remedy: 'See what the reason says. Messages wait, and the node tries on for as long as it takes.',
  },
  'link-down': {
    verdict: 'retry',
    status: 503,
    exit: 3,
    cause: 'The connection to the broker was lost. Messages wait on disk.',
    remedy: 'Nothing, if the link is one that comes and goes. Otherwise look at the broker and the network.',
  },
  'link-refused': {
    verdict: 'tell',
    status: 503,
    exit: 3,
    cause: 'The broker refuses what the node wants to do, mostly since its user may not publish or subscribe there.',
    remedy: "Give the node's user the permissions that the README lists, and see what the reason names.",
  },
  'frame-not-sent': {
    verdict: 'retry',
    status: 503,
    exit: 3,
    cause:
      'The client of the broker did not take a frame: it is larger than the broker allows, or the connection was closing.',
    remedy: 'Let the broker take messages of 1 MiB (max_payload). The node asks, and sends again what is missing.',
  },
  'schedule-missed': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'Runs of a schedule were not made when they were due: the node was off, its clock was set, or the results of earlier runs fill half of what may wait for their receiver.',
    remedy:
      'steward schedule list --at NODE says which and why. What its catchUp makes up is run; where there is no room, bring the link back, or raise MaxQueuedMessagesPerNode there.',
  },
  'process-crashed': {
    verdict: 'restart',
    status: 500,
    exit: 1,
    cause: 'A process of the node failed. Its supervisor has started it again, and no message was lost.',
    remedy: 'Report the text of the error. Nothing needs to be done as long as it does not come again and again.',
  },
  'process-stopped': {
    verdict: 'stop',
    status: 500,
    exit: 1,
    cause:
      'A process of the node failed more often than its supervisor allows, and is not started again. Its lane waits.',
    remedy: 'Mend what the error names, then start the process again.',
  },
  'event-loop-blocked': {
    verdict: 'tell',
    status: 500,
    exit: 1,
    cause:
      'Something kept the node from doing anything else for too long: work inside it, a slow disk, or a machine that stood still.',
    remedy:
      'See what it was busy with. Once is nothing; often is a disk that is too slow, or a mistake to be reported.',
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
