// One connection to the intake socket: reads one message file, hands it in, answers, and leaves.
// From: a client such as `nc -U`, which may or may not close its side. To: `submit`, at most once.
//
//   reading → submitting → leaving → gone
//   reading → leaving            (refused: empty, too large, idle, more than one value, busy, stopping)
//   reading | submitting → gone  (the connection broke)
//
// 1. What arrived is submitted once, when a JSON value is complete or at the end of the input: never in parts.
// 2. A connection that breaks while reading submits nothing. A file cut off at its end cannot be told from a whole one:
//    JSON then is incomplete and refused, YAML may be a shorter list.
// 3. Once submitting, the client's leaving changes nothing.
// 4. After the answer the client's bytes are read and thrown away for a bounded time: closing at once would take the
//    answer from a client that is still writing.
import type { Submitted } from '../contract/submission.ts';
import type { Socket } from 'node:net';
import type { Timers } from '../base/clock.ts';
import { toErrorBody } from '../contract/api-error.ts';
import { createJsonScanner, isJsonSpace } from '../intake/json-scanner.ts';
import { StewardError } from '../model/error.ts';
import type { IntakeBuffer } from './intake-buffer.ts';

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly buffer: IntakeBuffer;
  readonly maxBytes: number;
  readonly timers: Timers;
  /** So long may a client be silent while reading, or take nothing of its answer. */
  readonly idleMs: number;
  /** So long are a client's bytes thrown away after the answer. */
  readonly lingerMs: number;
  /** Rejects with a StewardError, which becomes the answer. */
  readonly submit: (bytes: Uint8Array) => Promise<Pick<Submitted, 'ids'> & Partial<Submitted>>;
  /** Called once, when the connection is gone and nothing of it is left. */
  readonly gone: () => void;
}

export interface Connection {
  /** Answers `error` to a client that is still being read. */
  refuse(error: StewardError): void;
  /** Answers `error` to a client that is still being read, lets a submission come to its answer, and lingers no more. */
  stop(error: StewardError): void;
  /** Ends it now, whatever its state. */
  destroy(): void;
}

type State = 'reading' | 'submitting' | 'leaving' | 'gone';

export function serveConnection(options: ConnectionOptions): Connection {
  const { socket, buffer, timers } = options;
  const scanner = createJsonScanner();
  let state: State = 'reading';
  let complete = false;
  let stopping = false;
  let cancelTimer = watchIdle();

  function watchIdle(): () => void {
    return timers.after(options.idleMs, () => refuse(idle(options.idleMs)));
  }

  function take(piece: Uint8Array): void {
    if (state !== 'reading') return;
    const taken = buffer.append(piece);
    if (taken !== 'taken') return refuse(taken === 'too large' ? tooLarge(options.maxBytes) : busy());
    if (complete) {
      if (!isBlank(piece)) refuse(moreThanOne());
      return;
    }
    cancelTimer();
    cancelTimer = watchIdle();
    const scan = scanner.push(piece);
    if (scan.state !== 'complete') return;
    complete = true;
    if (!isBlank(piece.subarray(scan.end))) return refuse(moreThanOne());
    // What the system has already received behind the value is delivered before this comes round.
    setImmediate(submit);
  }

  function end(): void {
    if (state !== 'reading' || complete) return;
    if (buffer.size() === 0) refuse(empty());
    else submit();
  }

  function submit(): void {
    if (state !== 'reading') return;
    state = 'submitting';
    cancelTimer();
    options.submit(buffer.bytes()).then(
      ({ ids, submission, lateJoiners, warnings }) =>
        leave({
          ids,
          ...(lateJoiners === undefined ? {} : { submission, lateJoiners }),
          ...(warnings === undefined ? {} : { warnings }),
        }),
      (error: unknown) => leave({ error: toErrorBody(asStewardError(error)) }),
    );
  }

  function refuse(error: StewardError): void {
    if (state === 'reading') leave({ error: toErrorBody(error) });
  }

  function leave(answer: object): void {
    buffer.release();
    if (state === 'gone') return options.gone();
    state = 'leaving';
    cancelTimer();
    cancelTimer = timers.after(options.idleMs, () => socket.destroy());
    socket.end(`${JSON.stringify(answer)}\n`, () => {
      cancelTimer();
      if (stopping) socket.destroy();
      else if (!socket.destroyed) cancelTimer = timers.after(options.lingerMs, () => socket.destroy());
    });
  }

  function stop(error: StewardError): void {
    stopping = true;
    refuse(error);
    if (state === 'leaving' && socket.writableFinished) socket.destroy();
  }

  function close(): void {
    const before = state;
    state = 'gone';
    cancelTimer();
    // What is being submitted still needs its bytes: leave() ends it.
    if (before === 'submitting') return;
    buffer.release();
    options.gone();
  }

  socket.on('data', take);
  socket.on('end', end);
  socket.on('close', close);
  // A broken connection is nobody's mistake: `close` follows and clears up.
  socket.on('error', () => undefined);
  return { refuse, stop, destroy: () => socket.destroy() };
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every(isJsonSpace);
}

function asStewardError(error: unknown): StewardError {
  if (error instanceof StewardError) return error;
  return new StewardError('internal', 'the node made a mistake while it took the messages', {
    hint: 'its log says more',
    cause: error,
  });
}

function tooLarge(maxBytes: number): StewardError {
  return new StewardError(
    'too-large',
    `more than ${maxBytes} bytes (${maxBytes / 1024 / 1024} MiB) in one submission`,
    {
      hint: 'send it in several parts',
    },
  );
}

function moreThanOne(): StewardError {
  return new StewardError('invalid-message', 'more than one value on one connection: nothing was taken', {
    hint: 'put the messages into one list',
  });
}

function empty(): StewardError {
  return new StewardError('invalid-message', 'nothing was sent', {
    hint: 'send a message file: nc -U steward.sock < message.json',
  });
}

function idle(idleMs: number): StewardError {
  return new StewardError('invalid-message', `nothing came for ${idleMs / 1000} s: nothing was taken`, {
    hint: 'send a whole JSON value, or close the writing side after YAML (nc -N)',
  });
}

export function busy(): StewardError {
  return new StewardError('busy', 'too many submissions at once', { hint: 'try again in a moment' });
}
