// The runs that are under way, and how they are told to end.
import { methodEntry } from '../model/method-name.ts';
import type { Message } from '../model/message.ts';
import { RunStop, type RunRequest } from '../methods/run.ts';

export class Running {
  private readonly stops = new Map<string, { readonly stop: AbortController; readonly isEndless: boolean }>();
  private onNone: () => void = () => undefined;

  get size(): number {
    return this.stops.size;
  }

  /** A stop of the node neither waits for a command that is to end it, nor ends it: the next life finds it. */
  add({ key, message }: RunRequest): AbortSignal {
    const stop = new AbortController();
    if (message.endsNode !== true) this.stops.set(key, { stop, isEndless: mayEndAtOnce(message) });
    return stop.signal;
  }

  remove(key: string): void {
    this.stops.delete(key);
    if (this.stops.size === 0) this.onNone();
  }

  cancel(key: string, reason: string): void {
    this.stops.get(key)?.stop.abort(new RunStop(reason, true));
  }

  /** What would go on for ever is not waited for: the next life of the node goes on with it. */
  stopEndless(reason: string): void {
    for (const { stop, isEndless } of this.stops.values()) if (isEndless) stop.abort(new RunStop(reason));
  }

  stopAll(reason: string): void {
    for (const { stop } of this.stops.values()) stop.abort(new RunStop(reason));
  }

  /** Calls back when none is under way any more. */
  whenNone(then: () => void): void {
    this.onNone = then;
  }
}

/** What has no end, and that the next life goes on with or, where the node gave it itself, begins anew. */
function mayEndAtOnce({ method, methodTimeoutMs, from, to }: Message): boolean {
  return methodEntry(method).endless === true || (methodTimeoutMs < 0 && from === to);
}
