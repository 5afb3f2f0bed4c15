// Messages of any kind, also such as no honest node sends, as fast-check draws them: a head, as JSON, for every shape that a frame can bring.
import * as fc from 'fast-check';
import { longestSpanMs } from '../../src/base/span.ts';
import { packErrors } from '../../src/model/error-batch.ts';
import type { FactCondition } from '../../src/model/fact-condition.ts';
import { laneOf } from '../../src/model/lane.ts';
import type { CommandSettings, Message, ReplyTo } from '../../src/model/message.ts';
import { isCommand, methodNames, takesPrecondition, type MethodName } from '../../src/model/method-name.ts';
import { packHead, type HeadPlace } from '../../src/wire/message-head.ts';
import { alwaysLikely, anyArgs, anyText, likelyArgs } from './any-args.ts';

/** Made once: to draw so many bytes one by one would take longer than all that is done with them. */
const bytes = Buffer.alloc(200 * 1024, 'line of text\n\0\u{1f600}\x1b[31m');
/** Folders that the data folder of the test has, or has not. */
const directory = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('', 'logs', 'out', 'loop', 'dangling', 'inside', 'special', '/abs', 'a//./b/'),
  },
  { weight: 2, arbitrary: fc.constantFrom('errorLog', 'output', 'hello-messages', 'a/'.repeat(30)) },
  { weight: 2, arbitrary: anyText },
);
const fileName = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('', 'one', 'two', 'fifo', 'socket', 'folder', 'outward', 'one.error', 'one/two'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('x'.repeat(250), 'x'.repeat(255), 'x'.repeat(256), '.', '..', 'errorCentral'),
  },
  { weight: 2, arbitrary: anyText },
);
const spanMs = fc.constantFrom(0, 1, 10, 10_000, longestSpanMs);
const node = fc.constantFrom('ship1', 'ship1', 'ship-2.a', 'errorCentral', 'n'.repeat(100));
const id = fc.nat(40).map((number) => `0123456789abcdefgh${String(number).padStart(2, '0')}`);
const anyCount = fc.oneof(fc.nat(300), fc.constantFrom(0, 200 * 1024, Number.MAX_SAFE_INTEGER));
const settings: fc.Arbitrary<CommandSettings> = fc.record(
  {
    cwd: fc.oneof(fc.constantFrom('', '/', 'folder', 'missing'), anyText),
    env: fc.dictionary(fc.constantFrom('A', 'PATH', 'LD_PRELOAD', '_x'), anyText, { maxKeys: 3 }),
    user: anyText,
    onlyIf: anyArgs,
  },
  { requiredKeys: [] },
);
const conditions: fc.Arbitrary<readonly FactCondition[]> = fc.array(
  fc.record(
    {
      fact: fc.constantFrom(
        'system',
        'memory.free',
        'own',
        'own.missing',
        '__proto__',
        'constructor.name',
        'addresses',
      ),
      is: fc.constantFrom(['linux'], ['x', '']),
      isNot: fc.constantFrom(['linux'], ['x']),
      atLeast: fc.constantFrom('0', '1e9', 'v1.2-x'),
      atMost: fc.constantFrom('-1', '9e99', '6.1'),
      exists: fc.boolean(),
    },
    { requiredKeys: ['fact', 'exists'] },
  ),
  { minLength: 1, maxLength: 3 },
);
const outcome = fc.record(
  {
    state: fc.constantFrom('succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown'),
    exitCode: fc.nat(300),
    signal: fc.constantFrom('SIGKILL', '', '\0'),
    stdoutBytes: anyCount,
    stderrBytes: anyCount,
    reason: anyText.map((text) => text.slice(0, 4096)),
    streamed: fc.record({ parts: anyCount, stdoutBytes: anyCount, stderrBytes: anyCount }),
  },
  { requiredKeys: ['state', 'stdoutBytes', 'stderrBytes'] },
);
const replyTo = fc.record(
  {
    id,
    method: fc.constantFrom(...methodNames),
    outcome,
    part: fc.oneof(fc.constantFrom(1, 2, 3), fc.constant(Number.MAX_SAFE_INTEGER)),
    isAsked: fc.constant(false as const),
    /** Its counts are those of the body: it may get further. */
    isHonest: fc.boolean(),
  },
  { requiredKeys: ['id', 'method', 'outcome', 'isHonest'] },
);
const bodySize = fc.oneof(
  { weight: 20, arbitrary: fc.nat(300) },
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(32 * 1024, 32 * 1024 + 1, 64 * 1024 + 1, 200 * 1024) },
);
const errors = fc
  .array(fc.record({ text: fc.string({ maxLength: 20 }), count: fc.nat(3), firstAt: anyCount }), { maxLength: 3 })
  .map((all) =>
    packErrors(all.map((one) => ({ kind: 'k', code: 'code', lane: null, id: null, hint: null, lastAt: 0, ...one }))),
  );

const drawn = fc.record({
  id,
  from: node,
  method: fc.constantFrom(...methodNames),
  args: anyArgs,
  likely: fc.record(likelyArgs as Record<string, fc.Arbitrary<readonly string[]>>),
  isLikely: fc.boolean(),
  unordered: fc.boolean(),
  priority: fc.option(fc.constantFrom(0, 9), { nil: undefined, freq: 8 }),
  methodTimeoutMs: fc.oneof(spanMs, fc.constant(-1)),
  methodRetries: fc.option(fc.nat(1000), { nil: undefined, freq: 8 }),
  directory,
  fileName,
  endsNode: fc.option(fc.constant(true as const), { nil: undefined, freq: 6 }),
  isTimeOpen: fc.option(fc.constant(true as const), { nil: undefined }),
  settings: fc.option(settings, { nil: undefined }),
  largeOutput: fc.option(fc.constant(true as const), { nil: undefined }),
  stdinFile: fc.option(
    fc.oneof(fc.constantFrom('log', 'empty', 'fifo', 'folder', 'input:0123456789abcdefgh00', '/dev/zero'), anyText),
    {
      nil: undefined,
    },
  ),
  onlyIfFact: fc.option(conditions, { nil: undefined, freq: 4 }),
  replyTo: fc.option(replyTo, { nil: undefined }),
  bodySize,
  errors: fc.option(errors, { nil: undefined }),
});

export interface AnyMessage {
  readonly head: string;
  readonly place: HeadPlace;
  readonly body: Uint8Array;
}

/** `focus`: most of them are of this method. */
export function anyMessage(focus?: MethodName): fc.Arbitrary<AnyMessage> {
  return drawn.map(({ likely, isLikely, errors: list, ...of }) => {
    const method = focus !== undefined && isLikely ? focus : of.method;
    const body = method === 'errorLog' && list !== undefined ? list : bytes.subarray(0, of.bodySize);
    const rest = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as typeof of;
    const message = {
      ...rest,
      method,
      to: 'central',
      args: (isLikely || alwaysLikely.has(method) ? likely[method] : undefined) ?? of.args,
      rerun: 'never' as const,
      ackTimeoutMs: 1,
      retries: -1,
      retryWaitMs: 0,
      expiresMs: 1,
      bodySize: body.length,
      ...(of.replyTo === undefined ? {} : { replyTo: answerOf(of.replyTo, body.length) }),
    } as Message;
    const place = { from: message.from, to: message.to, lane: laneOf(message) };
    // Most of what asks for something that its method does not know ends before the method: little of that is enough.
    const keepsAll = !isLikely && of.bodySize % 4 === 0;
    return { head: packHead(keepsAll ? message : asItsMethodTakes(message)), place, body };
  });
}

type DrawnReply = typeof replyTo extends fc.Arbitrary<infer Value> ? Value : never;

function answerOf({ isHonest, ...answered }: DrawnReply, length: number): ReplyTo {
  if (!isHonest) return answered;
  const stdoutBytes = Math.min(length, answered.outcome.stdoutBytes);
  return {
    ...answered,
    outcome: { ...answered.outcome, stdoutBytes, stderrBytes: length - stdoutBytes },
  };
}

function asItsMethodTakes({ settings, stdinFile, onlyIfFact, ...message }: Message): Message {
  return {
    ...message,
    ...(settings !== undefined && isCommand(message.method) ? { settings } : {}),
    ...(stdinFile !== undefined && isCommand(message.method) ? { stdinFile } : {}),
    ...(onlyIfFact !== undefined && takesPrecondition(message.method) ? { onlyIfFact } : {}),
  };
}
