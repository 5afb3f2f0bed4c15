// The method opMethods: what this node can do, a try of a method of its own, and what it is to forget of those of another node.
//
// 1. It fails with the words of the error; nothing that a message holds makes it reject.
// 2. A try is bounded by `mostTryMs`, and by the bounds of the method itself. It is in nobody's custody: it may run again where the node dies.
import type { Timers } from '../../base/clock.ts';
import { StewardError } from '../../model/error.ts';
import { methodEntry, methodNames } from '../../model/method-name.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { Methods } from '../../methods/create-methods.ts';
import { RunStop, type RunRequest, type RunResult } from '../../methods/run.ts';
import { answerOf } from '../own-answer.ts';
import type { ToldMethods } from './told-methods.ts';

/** Orders of the same sender are behind it. */
const mostTryMs = 20_000;
const mostShown = 2_000;

interface Parts {
  readonly methods: Pick<Methods, 'own' | 'run'>;
  readonly told: Pick<ToldMethods, 'forget'>;
  readonly timers: Timers;
}

export function answerMethods(request: RunRequest, parts: Parts): Promise<RunResult> {
  return answerOf(async () => {
    const [verb = 'list', name, ...rest] = request.message.args;
    if (verb === 'list' && name === undefined) {
      const { own, more } = await parts.methods.own.list();
      return { builtIn: builtIn(), own, ...(more === 0 ? {} : { more }) };
    }
    if (verb === 'test' && name !== undefined && rest.length === 0) return tryOut(name, request, parts);
    if (verb === 'forget' && name !== undefined && rest.length === 0)
      return { node: name, forgotten: parts.told.forget(parseNodeName(name)) };
    throw new StewardError('invalid-usage', 'there is no such wish', { hint: 'list, test NAME, or forget NODE' });
  });
}

function builtIn(): readonly object[] {
  return methodNames
    .map((name) => ({ name, ...methodEntry(name) }))
    .filter(({ request, reply }) => request || reply)
    .map(({ name, request, reply, minArgs }) => ({ name, request, reply, minArgs }));
}

async function tryOut(wanted: string, request: RunRequest, { methods, timers }: Parts): Promise<object> {
  const found = await methods.own.find(wanted, request.key);
  if (found === undefined)
    throw new StewardError('invalid-usage', `there is no own method ${JSON.stringify(wanted.slice(0, 64))}`, {
      hint: 'it is a file in MethodsFolder that can be executed, or one of MethodModules; "steward methods" lists them',
    });
  const { name, problem, description } = found;
  if (problem !== undefined) throw new StewardError('invalid-usage', `${name}: ${problem}`);
  if (description === undefined)
    throw new StewardError('invalid-usage', `${name} has no description`, {
      hint: `write ${name}.json beside it, with a summary and an example`,
    });
  const { example } = description;
  if (example === undefined) throw new StewardError('invalid-usage', `the description of ${name} has no example`);
  const body = Buffer.from(example.data ?? '');
  const stop = new AbortController();
  const cancel = timers.after(mostTryMs, () => stop.abort(new RunStop(`a try ends after ${mostTryMs / 1000} s`)));
  const { rerun } = methodEntry('own');
  const message = {
    ...request.message,
    method: 'own',
    args: [name, ...example.args],
    rerun,
    methodTimeoutMs: -1,
  } as const;
  const { outcome, stdout, stderr } = await methods
    .run({ key: request.key, message: { ...message, bodySize: body.length }, body }, { signal: stop.signal })
    .finally(cancel);
  const shown = (bytes: Uint8Array): string => Buffer.from(bytes).toString().slice(0, mostShown);
  return { name, outcome, stdout: shown(stdout), stderr: shown(stderr) };
}
