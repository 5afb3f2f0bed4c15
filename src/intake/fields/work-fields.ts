// The fields that say what is done, and those that say something of the message itself.
import { maxArgsBytes } from '../../model/message.ts';
import type { FieldDefinition } from './field-definition.ts';

export const workFields = {
  method: {
    kind: 'method',
    as: 'request',
    doc: 'What the message has done on its node.',
    default: 'none: it has to be given',
    example: 'ping',
  },
  methodArgs: {
    kind: 'arguments',
    mostBytes: maxArgsBytes,
    doc: 'What the method is given. For `cliCommand` the program and its arguments: there is no shell, so pipes and variables need one, as in the example. Numbers and booleans become text as they are written.',
    default: 'none; `cliCommand` and some others need them',
    example: ['bash', '-c', 'df -h | tail -n +2'],
    beside: { toNode: 'ship1', method: 'cliCommand' },
  },
  data: {
    kind: 'data',
    doc: 'What a method works on: the content of a file, what `console` prints, the standard input of a command. The pieces of a list follow each other without anything between them. For `cliCommand` and `httpGet` without `methodArgs` a list of text is the arguments, as before September 2021.',
    default: 'nothing',
    example: 'a line of text\n',
    beside: { toNode: 'ship1', method: 'fileAppend', directory: 'notes', fileName: 'today.txt' },
  },
  operation: {
    kind: 'operation',
    doc: "What the original's `REQOpCommand` is to do: `opCmd` is `ps`, `startProc` or `stopProc`, and `opArg` names the method. New files name `opProcessList`, `opProcessStart` or `opProcessStop` instead.",
    default: 'none; `REQOpCommand` needs it, and no other method may have it',
    example: { opCmd: 'stopProc', opArg: { method: 'REQHttpGet' } },
    beside: { toNode: 'ship1', method: 'REQOpCommand' },
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;

export const noteFields = {
  description: {
    kind: 'text',
    longest: 4096,
    doc: 'A text for people. It is shown where the message is, and does nothing.',
    default: 'none',
    example: 'asked for by the harbour office',
  },
  fromNode: {
    kind: 'ignored',
    doc: 'Read and ignored: the sender is the node that takes the message in. Files of the original have it.',
    default: 'the node that takes it in',
    example: 'central',
  },
  id: {
    kind: 'refused',
    doc: 'Refused where it holds something: the node gives the id, and answers it.',
    default: 'given by the node',
  },
  $schema: {
    kind: 'ignored',
    doc: 'Read and ignored: where an editor finds the schema of the message.',
    default: 'none',
    example: './message.schema.json',
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
