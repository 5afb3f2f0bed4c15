// The method `copySrc`: brings files, folders and links to another node, and ends when that has them.
//
// Job: finds them, asks what is there already, sends the rest in pieces. From: create-methods.ts. To: copyDst of the other node, by `askOther`.
// 1. Nothing of it is kept here: after a restart it begins anew, and the other node, which is asked behind all that is on its way, says where to
//    go on.
// 2. A file that changes while it is copied is begun anew, `mostRounds` times; what cannot be copied is told, and the rest is.
// 3. Memory: the list of what is copied, and what the window lets be under way.
import { setMaxListeners } from 'node:events';
import type { Clock, Timers } from '../../base/clock.ts';
import { readCopyArgs, type CopyWish } from '../../model/copy-args.ts';
import { inputId } from '../../model/input-name.ts';
import type { Inputs } from '../input/inputs.ts';
import { describeError } from '../../model/error.ts';
import type { Message } from '../../model/message.ts';
import { refuseWay, wayBack } from '../../model/route.ts';
import { StreamedOutput } from '../command/streamed-output.ts';
import { longResult, type End } from '../long-result.ts';
import { RunStop, type OnOutput, type RunRequest, type RunResult } from '../run.ts';
import { startSpan } from '../span.ts';
import type { AskOther, Target } from './ask-target.ts';
import { Copy } from './copy-files.ts';
import { summaryOf } from './copy-summary.ts';
import { Progress } from './progress.ts';

export interface SourceOptions {
  readonly workFolder: string;
  readonly inputs: Pick<Inputs, 'pathOf'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
  readonly askOther: AskOther;
}

export async function runCopySource({ message }: RunRequest, options: SourceOptions): Promise<RunResult> {
  const { clock, timers, signal } = options;
  const span = startSpan(clock);
  const wish = readCopyArgs(message.args);
  if ('problem' in wish) return longResult({ state: 'failed', reason: wish.problem.message }, { span: span() });
  const like = likeOf(message, wish);
  const noWay = refuseWay({ from: message.to, to: wish.to, ...like });
  if (noWay !== undefined) return longResult({ state: 'failed', reason: `there is ${noWay}` }, { span: span() });
  const over = new AbortController();
  // Each piece that is under way listens, and the window bounds these.
  setMaxListeners(0, over.signal);
  const stop = (): void => over.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const mostMs = wish.mostMs < 0 ? message.methodTimeoutMs : wish.mostMs;
  const cancel = mostMs < 0 ? () => undefined : timers.after(mostMs, () => over.abort(new RunStop('time is up')));
  const input = inputId(wish.path);
  const path = input === undefined ? wish.path : options.inputs.pathOf({ from: message.from, id: input });
  const output = new StreamedOutput(options.onOutput, timers);
  const progress = new Progress(clock);
  const stopTelling = tellProgress({ wish, progress, output, timers });
  let end: End;
  try {
    const copy = new Copy({ ...wish, path }, { ...options, signal: over.signal, like, progress });
    end = await copy.run();
    for (const [stream, text] of summaryOf({ wish, progress, problems: copy.problems, notes: copy.notes }))
      output.add(stream, Buffer.from(text));
  } catch (error) {
    end = { state: 'failed', reason: describeError(error) };
  } finally {
    stopTelling();
    cancel();
    signal.removeEventListener('abort', stop);
  }
  if (signal.aborted) end = { state: 'failed', reason: (signal.reason as RunStop).reason };
  else if (over.signal.aborted) end = { state: 'timedOut', reason: `not all was copied within ${mostMs / 1000} s` };
  return longResult(end, { span: span(), streamed: await output.end(), signal });
}

/** Between two words of a copy of which nothing moves. */
const mostSilentMs = 300_000;

/** Back to who asked for it by the way that the message came. */
function likeOf(message: Message, { to, via }: CopyWish): Target['like'] {
  return {
    // A node that nobody has would be asked for ever.
    expiresMs: message.expiresMs,
    ...(message.priority === undefined ? {} : { priority: message.priority }),
    ...(via === undefined ? (to === message.from ? wayBack(message, message.to) : {}) : { via }),
  };
}

function tellProgress(of: {
  readonly wish: CopyWish;
  readonly progress: Progress;
  readonly output: StreamedOutput;
  readonly timers: Timers;
}): () => void {
  const { wish, progress, output, timers } = of;
  const every = wish.tellEveryMs;
  if (every === undefined) return () => undefined;
  let last = '';
  let hasRoom = true;
  const tell = (): void => {
    const now = progress.line();
    const line = `${JSON.stringify(now)}\n`;
    // Who asked may be away for weeks: what was not told then, nobody misses.
    if (hasRoom && line !== last) {
      last = line;
      hasRoom = output.add('stdout', Buffer.from(line));
      if (!hasRoom) output.whenRoom(() => (hasRoom = true));
    }
    // While nobody answers there is less and less to tell.
    cancel = timers.after(Math.max(every, Math.min(mostSilentMs, (now.silent ?? 0) * 500)), tell);
  };
  let cancel = timers.after(every, tell);
  return () => cancel();
}
