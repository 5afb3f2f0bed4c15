// A process of the flow: what may crash and begin anew by itself. The publisher or subscriber of a lane, or a run.
import type { Child } from '../supervisor/child.ts';

export interface Process {
  readonly child: Child;
  /** At once: what memory holds of it may be half done. What is on the disk is whole. */
  forget(): void;
  /** When the event that failed has been handled: it begins anew from the disk, as far as it may. */
  restart(): void;
  /** Decides about it, and tells the operator. */
  crashed(error: unknown): void;
}

/** A place within a step of a process: its begin, its end, and every effect that it wants. Throws to make the process crash there. */
export type FaultPoint = (at: { readonly process: string; readonly point: string }) => void;
