// Every field of a message file, with its definition.
import type { MethodName } from '../../model/method-name.ts';
import { answerFields } from './answer-fields.ts';
import { commandFields } from './command-fields.ts';
import type { FieldDefinition } from './field-definition.ts';
import { orderFields } from './order-fields.ts';
import { scheduleFields } from './schedule-fields.ts';
import { targetFields } from './target-fields.ts';
import { replyTimeFields, timeFields } from './time-fields.ts';
import { noteFields, workFields } from './work-fields.ts';

/** By what they are about, in the order of docs/messages.md. */
export const fieldSections = {
  'Where it goes': targetFields,
  'What is done': workFields,
  'How a command is run': commandFields,
  'How long it is tried': timeFields,
  'When it runs again': scheduleFields,
  'The answer': { ...answerFields, ...replyTimeFields },
  'Order and place in the queue': orderFields,
  'The message itself': noteFields,
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldDefinition>>>>;

export const fields = {
  ...targetFields,
  ...workFields,
  ...commandFields,
  ...timeFields,
  ...scheduleFields,
  ...answerFields,
  ...replyTimeFields,
  ...orderFields,
  ...noteFields,
} as const;

export type FieldName = keyof typeof fields;

/** The fields of one kind. */
export type FieldOf<Kind extends FieldDefinition['kind']> = {
  [Name in FieldName]: (typeof fields)[Name]['kind'] extends Kind ? Name : never;
}[FieldName];

export const fieldNames = Object.keys(fields) as readonly FieldName[];

export function fieldDefinition(name: FieldName): FieldDefinition {
  return fields[name];
}

/** Whether the field has a say in a message with this method. */
export function isFieldFor(name: FieldName, method: MethodName): boolean {
  return fieldDefinition(name).methods?.includes(method) ?? true;
}
