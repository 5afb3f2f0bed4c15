// The fields that say how a command is run.
import { userPattern } from '../../model/environment.ts';
import { maxArgsBytes } from '../../model/message.ts';
import { isCommand, methodNames, takesPrecondition } from '../../model/method-name.ts';
import type { FieldDefinition } from './field-definition.ts';

/** The methods that start a program on their node. */
const commands = methodNames.filter(isCommand);

export const commandFields = {
  stdin: {
    kind: 'data',
    methods: commands,
    doc: 'What the command reads from its standard input: `data` by another name. Give one of the two.',
    default: 'nothing: the command finds its standard input at the end',
    example: 'three\ntwo\none\n',
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['sort'] },
  },
  stdinFile: {
    kind: 'path',
    longest: 4096,
    inside: false,
    methods: commands,
    doc: 'A file of its node that the command reads from its standard input, of any size, in the place of `stdin`; a relative path counts from the work folder of its node. `input:ID` is what the same sender has copied there for this command, with the method `copySrc` to the target `input:ID`: 20 letters and digits, as an id of a message has. It is removed when the command has ended; where that never comes to its node, a week after it would have expired, in hours that the node is up.',
    default: 'none',
    example: 'words.txt',
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['sort'] },
  },
  cwd: {
    kind: 'path',
    longest: 4096,
    inside: false,
    methods: commands,
    doc: 'The folder in which the command runs; a relative path counts from the work folder of its node.',
    default: 'the work folder of its node',
    example: '/var/log',
  },
  env: {
    kind: 'environment',
    mostBytes: 64 * 1024,
    methods: commands,
    doc: 'Variables for the command, in addition to the environment of its node, or in place of what is in there. Names are letters, digits and `_`; the node itself sets `STEWARD_RUN` and `STEWARD_NODE`.',
    default: 'the environment of its node',
    example: { LANG: 'C.UTF-8' },
  },
  user: {
    kind: 'user',
    pattern: userPattern,
    methods: commands,
    doc: "The user that the command runs as, with that user's groups, `HOME`, `USER`, `LOGNAME` and `SHELL`. The node has to run as root, with `setpriv` (util-linux).",
    default: 'the user of its node',
    example: 'nobody',
  },
  onlyIf: {
    kind: 'condition',
    mostBytes: maxArgsBytes,
    methods: methodNames.filter(takesPrecondition),
    doc: 'What has to hold just before it runs: otherwise nothing runs, and the message ends as `rejected`, with what was found instead. A condition on a fact of the node (see the page on facts): `{"fact": "system", "is": "linux"}`, with `is`, `isNot` (text, or a list: any of it), `atLeast`, `atMost` (a number, or a version as text) or `exists`; of a list of conditions all have to hold. Or, of a command, another command that has to end with 0: its folder, environment and user are the same, and both together have `methodTimeout`.',
    default: 'none',
    example: { fact: 'system', is: ['linux', 'freebsd'] },
  },
  useDetectedShell: {
    kind: 'boolean',
    methods: commands,
    doc: '`methodArgs` is a script for the shell of the node that runs it (`SHELL`, else `/bin/sh`), then what the script gets.',
    default: '`false`: `methodArgs` is a program and its arguments',
    example: true,
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime | cut -c1-9'] },
  },
  detach: {
    kind: 'boolean',
    methods: ['cliCommand'],
    doc: 'The command is only started, in a session of its own: its start is what is reported, with its pid as output. It outlives `methodTimeout` and its node, its end is not reported, and what it prints goes nowhere: let it write to a file. Not with `endsNode`.',
    default: '`false`: the command is waited for',
    example: true,
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['sh', '-c', 'sleep 1; date > time-of-ship1.txt'] },
  },
  largeOutput: {
    kind: 'boolean',
    methods: ['cliCommand'],
    doc: 'Output of more than 1 MiB comes in parts while the command runs, of any size, as that of `cliCommandCont`; what is smaller comes with the outcome, as ever. Not with `endsNode`, `detach`, `replyTo`, or a schedule.',
    default: '`false`: beyond `OutputLimit` the command is ended, and what came before is kept',
    example: true,
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['seq', '1', '100'] },
  },
  endsNode: {
    kind: 'boolean',
    methods: ['cliCommand'],
    doc: 'The command ends its own node (an upgrade, a reboot): a stop neither waits for it nor ends it, and its outcome is known after the start. Not with `rerun: always` or `methodRetries`.',
    default: '`false`',
    example: true,
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['systemctl', 'restart', 'steward'] },
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
