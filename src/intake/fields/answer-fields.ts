// The fields that say what becomes of the answer.
import { maxArgsBytes } from '../../model/message.ts';
import type { FieldDefinition } from './field-definition.ts';

/** Below the data folder. */
const dataPath = { kind: 'path', longest: 4096, inside: true } as const;

export const answerFields = {
  replyMethod: {
    kind: 'method',
    as: 'reply',
    doc: 'How the node that sent the message treats the answer. `none`: it is only kept for `steward output`.',
    default: '`fileAppend` for a method of kind Command, `none` for an Event',
    example: 'file',
  },
  replyMethodArgs: {
    kind: 'arguments',
    mostBytes: maxArgsBytes,
    doc: 'What the `replyMethod` is given. For `cliCommand` a program and its arguments: it gets the answer on its standard input, and `{{STEWARD_DATA}}` in an argument stands for it.',
    default: 'none; `cliCommand` needs them',
    example: ['bash', '-c', 'echo "{{STEWARD_DATA}}" > uptime-of-ship1.txt'],
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime'], replyMethod: 'cliCommand' },
  },
  replyTo: {
    kind: 'node',
    doc: 'Another node that treats the answer, with `replyMethod`, in place of the one that sent the message: a message of its own carries it there, and both show in `steward status`. Not with `lateJoiners`, `ACKTimeout: 0`, `replyMethod: none`, or methods whose output comes in parts, but for a startup message ([startup.md](startup.md)).',
    default: 'the node that sent the message',
    example: 'ship2',
    beside: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime'], fileName: 'uptime.txt' },
  },
  directory: {
    ...dataPath,
    doc: 'The folder of the file that the answer goes to, or that `file` and `fileAppend` write: `<data folder>/<directory>/<node>/<fileName>`, with the node that ran the request, or for a message with these methods the one that sent it. An absolute path is taken as relative to the data folder.',
    default: 'the data folder itself',
    example: 'answers',
  },
  fileName: {
    ...dataPath,
    doc: 'The name of that file. What a command writes to standard error lands beside it, in `<fileName>.error`.',
    default: '`<method>.log`, with the method of the request',
    example: 'uptime.txt',
  },
  fileExtension: {
    ...dataPath,
    doc: 'Where there is no `fileName`, the file is called `<node>.<method><fileExtension>`, as before August 2021.',
    default: 'none',
    example: '.log',
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
