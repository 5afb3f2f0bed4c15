// What an event stream waits for between two events: a change, or so long a silence that its client is to hear that it is there.
import type { Timers } from '../base/clock.ts';
import { heartbeatMs } from '../contract/api-socket.ts';

export interface Waiting {
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** Gets what is to be called at a change. */
  readonly onWake: (callback: () => void) => void;
}

/** The end of the signal counts as a change. */
export function nextChange({ timers, signal, onWake }: Waiting): Promise<'change' | 'silence'> {
  return new Promise((resolve) => {
    const finish = (reason: 'change' | 'silence'): void => {
      cancel();
      signal.removeEventListener('abort', onChange);
      onWake(ignore);
      resolve(reason);
    };
    const onChange = (): void => finish('change');
    const cancel = timers.after(heartbeatMs, () => finish('silence'));
    signal.addEventListener('abort', onChange);
    onWake(onChange);
  });
}

/** Nobody waits. */
export function ignore(): void {}
