// The messages that have to succeed before this one leaves.
import { isMessageId, messageIdHint } from '../model/id.ts';
import { maxAfter, type Draft } from '../model/message.ts';
import { isOperation, type MethodName } from '../model/method-name.ts';
import { describeValue, refuse, valueOf, type Given } from './given-fields.ts';

type After = NonNullable<Draft['after']>;

/** Ids of messages, and numbers: places of the same list, from 1. A list, or text with commas. Undefined where it waits for none. */
export function readAfter(
  given: Given,
  of: { readonly method: MethodName; readonly lateJoiners: boolean },
): After | undefined {
  const value = valueOf(given, 'after');
  if (value === undefined || value === '') return undefined;
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value];
  if (list.length === 0) return undefined;
  if (list.length > maxAfter) refuse(given, 'after', { message: `a message waits for at most ${maxAfter} others` });
  if (of.lateJoiners)
    refuse(given, 'after', {
      message: 'a message for nodes that appear later waits for no other',
      hint: 'leave out lateJoiners, or after',
    });
  if (isOperation(of.method))
    refuse(given, 'after', { message: `${of.method} goes before all else`, hint: 'leave after out' });
  const after = list.map((one, index) => readOne(given, one, Array.isArray(value) ? index : undefined));
  return [...new Set(after)];
}

function readOne(given: Given, value: unknown, element: number | undefined): After[number] {
  const where = element === undefined ? {} : { element };
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 1 && value <= given.index) return value;
    return refuse(given, 'after', {
      ...where,
      message: `there is no message ${value} before this one, which is number ${given.index + 1} of its list`,
      hint: 'a number is the place of an earlier message of the same list, from 1',
    });
  }
  const id = typeof value === 'string' ? value.trim() : '';
  if (isMessageId(id)) return id;
  return refuse(given, 'after', {
    ...where,
    message: `${describeValue(value)} is no id of a message`,
    hint: `${messageIdHint}; a number is the place of an earlier message of the same list`,
  });
}
