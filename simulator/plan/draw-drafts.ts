// The messages of a seed: every method and lane, with and without order, ACK, data and time.
import { isCommand, methodEntry, type MethodName } from '../../src/model/method-name.ts';
import type { Draft, ReplySpec } from '../../src/model/message.ts';
import type { Dice } from '../world/dice.ts';
import { forbidden } from '../world/machine.ts';
import type { Plan } from './plan.ts';

const dayMs = 86_400_000;
export const criteria = { ackTimeoutMs: 10_000, retries: -1, retryWaitMs: 0, methodTimeoutMs: 10_000 };
const methods: readonly MethodName[] = [
  'cliCommand',
  'cliCommand',
  'cliCommand',
  'ping',
  'ping',
  'fileAppend',
  'fileAppend',
  'file',
  'hello',
  'console',
];

/** A message with the shipped defaults. */
export function plainDraft(to: string, method: MethodName, more: Partial<Draft['message']> = {}): Draft {
  return {
    message: {
      to,
      method,
      args: isCommand(method) ? ['true'] : [],
      unordered: false,
      rerun: methodEntry(method).rerun,
      ...criteria,
      expiresMs: 30 * dayMs,
      directory: '',
      fileName: 'answers',
      reply: { method: method === 'file' ? 'none' : 'fileAppend', args: [], ...criteria },
      bodySize: 0,
      ...more,
    },
    body: new Uint8Array(),
  };
}

/** `serial` makes its content unlike any other's. */
export function drawDraft(dice: Dice, plan: Plan, of: { readonly to: string; readonly serial: number }): Draft {
  const method = dice.of(methods);
  const unordered = dice.chance(0.2);
  const rerun = method === 'cliCommand' && dice.chance(0.25) ? 'always' : methodEntry(method).rerun;
  const time = drawTime(dice, plan);
  const drawn = drawReply(dice, plan);
  // A file that is replaced is another one than those that are appended to, so that the checker can tell what has to stand in it.
  const appends = method === 'fileAppend' || (drawn.method === 'fileAppend' && method !== 'file');
  const reply = appends === (drawn.method === 'fileAppend') ? drawn : { ...drawn, method: 'none' as const };
  const replaces = method === 'file' || reply.method === 'file';
  const draft = plainDraft(of.to, method, {
    unordered,
    rerun,
    ...time,
    reply,
    fileName: replaces ? 'replaced' : dice.of(['answers', 'answers', 'others']),
    ...(method === 'cliCommand' ? { args: drawArgs(dice, plan) } : {}),
    ...(method === 'cliCommand' && dice.chance(0.1) ? { methodTimeoutMs: dice.of([300, 2_000, -1]) } : {}),
    ...(dice.chance(0.03) ? { description: forbidden } : {}),
    ...(method === 'cliCommand' ? drawEnds(dice, rerun) : {}),
  });
  const takesBody = method === 'fileAppend' || method === 'file' || (method === 'cliCommand' && dice.chance(0.2));
  if (!takesBody) return draft;
  const large = time.ackTimeoutMs !== 0 && dice.chance(0.04);
  const lines = large ? dice.whole(2_500, 9_000) : dice.whole(1, 20);
  const line = `${of.serial.toString(36)}-`;
  const text = Array.from({ length: lines }, (_none, index) => `${line}${index}\n`).join('');
  const body = Buffer.from(text);
  return { message: { ...draft.message, bodySize: body.length }, body };
}

/** A command that ends its node is never run again. */
function drawEnds(
  dice: Dice,
  rerun: Draft['message']['rerun'],
): Pick<Draft['message'], 'methodRetries' | 'methodRetryWaitMs' | 'endsNode'> {
  if (rerun === 'never' && dice.chance(0.06)) return { endsNode: true };
  if (!dice.chance(0.3)) return {};
  return { methodRetries: dice.whole(1, 4), methodRetryWaitMs: dice.of([0, 50, 2_000, 20_000]) };
}

function drawArgs(dice: Dice, plan: Plan): readonly string[] {
  const what =
    plan.kinds.has('hang') && dice.chance(0.08)
      ? 'hang'
      : plan.kinds.has('slow') && dice.chance(0.15)
        ? 'slow'
        : dice.chance(0.1)
          ? 'fail'
          : dice.chance(0.15)
            ? 'flaky'
            : 'print';
  const large = dice.chance(0.02);
  return [what, String(large ? dice.whole(1_500, 4_000) : dice.whole(0, 4)), String(dice.chance(0.2) ? 2 : 0)];
}

function drawTime(
  dice: Dice,
  plan: Plan,
): Pick<Draft['message'], 'ackTimeoutMs' | 'retries' | 'retryWaitMs' | 'expiresMs'> {
  const { retries, retryWaitMs } = criteria;
  const draw = dice.next();
  const expiry = plan.kinds.has('expiry');
  if (draw < 0.06)
    return { ackTimeoutMs: 0, retries, retryWaitMs, expiresMs: expiry ? dice.of([5_000, 30 * dayMs]) : 30 * dayMs };
  if (expiry && draw < 0.25)
    return {
      ackTimeoutMs: dice.whole(20, 3_000),
      retries: dice.whole(0, 4),
      retryWaitMs: dice.whole(0, 500),
      expiresMs: 30 * dayMs,
    };
  if (expiry && draw < 0.32) return { ...criteria, expiresMs: dice.whole(100, 20_000) };
  return { ackTimeoutMs: 10_000, retries, retryWaitMs, expiresMs: 30 * dayMs };
}

function drawReply(dice: Dice, plan: Plan): ReplySpec {
  const method = dice.of(['fileAppend', 'fileAppend', 'fileAppend', 'none', 'console', 'file'] as const);
  const short = plan.kinds.has('expiry') && dice.chance(0.15);
  if (dice.chance(0.04)) return { method, args: [], ...criteria, ackTimeoutMs: 0 };
  if (!short) return { method, args: [], ...criteria };
  return { method, args: [], ...criteria, ackTimeoutMs: dice.whole(20, 2_000), retries: dice.whole(0, 2) };
}
