// Follows messages, and whatever else a node streams, through everything that happens to the node in the meantime.
// From: the node's event stream. To: a caller who reads each message as it now is.
//
// 1. The first connection must succeed; after that a lost one is made again, and the stream begins with every message anew.
// 2. Waiting for the node is bounded by `patienceMs`; then the last error is thrown.
// 3. Ending the iteration, or the signal, closes the connection and the timer.
import type { Clock, Timers } from '../base/clock.ts';
import { fromErrorBody } from '../contract/api-error.ts';
import { decode } from '../base/decode.ts';
import { streamEventSchema, type StreamEvent } from '../contract/message-event.ts';
import type { MessageView } from '../contract/message-view.ts';
import { StewardError } from '../model/error.ts';
import { connectionError, notUnderstood, openExchange, type Call } from './exchange.ts';
import { readEvents } from './read-events.ts';

export interface FollowOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** Told of a lost connection, and with undefined of the next one. */
  readonly onAway?: ((error: StewardError | undefined) => void) | undefined;
}

type FollowedEvent = Exclude<StreamEvent, { readonly type: 'error' }>;

const patienceMs = 60_000;
const firstPauseMs = 50;
const longestPauseMs = 2000;

/** Throws `not-running`, `not-found` for an id that the node does not have, and what the node answers. After the signal it just ends. */
export async function* follow(ids: readonly string[], options: FollowOptions): AsyncGenerator<MessageView> {
  const call = { method: 'POST', path: '/v1/follow', body: JSON.stringify({ ids }) } as const;
  for await (const event of followEvents(() => call, options)) {
    if (event.type === 'missing') {
      throw new StewardError('not-found', `this node knows no message ${event.id}`, {
        hint: 'ask the node that it was submitted to; one that finished some time ago may be gone (KeepMessages, StoreQuota)',
      });
    }
    if (event.type === 'message') yield event.message;
  }
}

/** The events of a stream that is asked for anew, by what `callNow` then says, whenever it has ended. Throws as `follow` does. */
export async function* followEvents(callNow: () => Call, options: FollowOptions): AsyncGenerator<FollowedEvent> {
  const { clock, signal, onAway } = options;
  let awaySince: number | undefined;
  let pauseMs = firstPauseMs;
  let begun = false;
  while (!signal.aborted) {
    try {
      for await (const event of connectOnce(callNow(), options)) {
        begun = true;
        if (awaySince !== undefined) onAway?.(undefined);
        awaySince = undefined;
        pauseMs = firstPauseMs;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!begun || !(error instanceof StewardError) || !mayPass(error)) throw error;
      awaySince ??= clock.monotonic();
      if (clock.monotonic() - awaySince > patienceMs) throw error;
      onAway?.(error);
    }
    await pause(pauseMs, options);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Whether the same question may be answered in a while. */
function mayPass(error: StewardError): boolean {
  return ['not-running', 'stopping', 'store-unavailable'].includes(error.code);
}

async function* connectOnce(call: Call, { socketPath, signal }: FollowOptions): AsyncGenerator<FollowedEvent> {
  const response = await openExchange(socketPath, call, signal);
  try {
    for await (const text of readEvents(response)) {
      const event = decode(streamEventSchema, text);
      if (event === undefined) throw notUnderstood('an event of its stream');
      if (event.type === 'error') throw fromErrorBody(event.error);
      yield event;
    }
  } catch (error) {
    throw error instanceof StewardError ? error : connectionError(socketPath, error);
  } finally {
    response.destroy();
  }
  throw new StewardError('not-running', `the node on ${socketPath} ended the stream`, {
    hint: 'see whether it still runs, then try again',
  });
}

function pause(delayMs: number, { timers, signal }: FollowOptions): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = timers.after(delayMs, finish);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
