// Why a message becomes no schedule here, whatever its line says. Intake has refused it before, where it could know.
import { inlineBodyBytes } from '../../model/message.ts';
import { isOperation, methodEntry } from '../../model/method-name.ts';
import type { Accepted } from '../in-lane.ts';

export const maxSchedules = 1_000;
/** Of their heads and bodies: all of them are in memory. */
const maxScheduleBytes = 16 * 1024 * 1024;

/** `here`: what this node has already. */
export function refusalOf(
  accepted: Accepted,
  here: { readonly schedules: number; readonly bytes: number },
): string | undefined {
  const { method, bodySize, replyTo, answerOf, passage } = accepted.message;
  if (replyTo !== undefined || answerOf !== undefined || passage !== undefined)
    return 'an answer cannot be run on a schedule';
  if (methodEntry(method).streams === true || isOperation(method)) return `${method} cannot be run on a schedule`;
  if (bodySize > inlineBodyBytes) return `a message with a schedule has at most ${inlineBodyBytes} bytes of data`;
  if (here.schedules >= maxSchedules || here.bytes + sizeOf(accepted) > maxScheduleBytes)
    return `this node has ${here.schedules} schedules, and no room for another one: cancel some`;
  return undefined;
}

export function sizeOf({ record, body }: Accepted): number {
  return record.head.length + (body?.length ?? 0);
}
