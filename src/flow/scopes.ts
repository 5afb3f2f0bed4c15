// Steps of processes, one inside the other: what a step that throws has done is taken back, and its process begins anew.
//
// Job: the wall between processes. A lane whose handling fails must not take the node with it, nor leave half of a change behind.
// From: context.ts, with everything that a step does. To: process.ts.
// 1. Of a step that fails no effect remains, no continuation, and no timer; what it changed beside its own process is undone, newest first.
// 2. Its process, and each that it touched, forgets at once what it holds, and begins anew when the event has been handled: whatever
//    its handling does after the step finds it forgotten, and nothing of the new beginning is spoiled by it.
// 3. A step inside a step of the same process is part of it.
// 4. Undoing is no step: what it changes is not undone again with the step around it. If it throws, memory cannot be trusted: the node ends.
// 5. What follows later (`later`) is a step of the process that asked for it.
import type { FaultPoint, Process } from './process.ts';

export interface ScopesParts {
  readonly faultPoint: FaultPoint | undefined;
  readonly effects: () => number;
  readonly dropEffects: (from: number) => unknown;
}

export class Scopes {
  private readonly parts: ScopesParts;
  private current: Process | undefined;
  private undoing = false;
  private broken: { readonly error: unknown } | undefined;
  private undos: (() => void)[] = [];
  private readonly restarts = new Set<Process>();
  private readonly crashes = new Map<Process, unknown>();

  constructor(parts: ScopesParts) {
    this.parts = parts;
  }

  within<T>(process: Process, act: () => T, otherwise: T): T {
    if (this.current === process) return act();
    const outer = this.current;
    // What it does is undone with the step around it.
    this.touch(process);
    const effects = this.parts.effects();
    const undos = this.undos.length;
    this.current = process;
    try {
      this.reach('begin');
      const result = act();
      this.reach('end');
      return result;
    } catch (error) {
      this.parts.dropEffects(effects);
      this.rollBack(process, undos);
      this.crashes.set(process, error);
      return otherwise;
    } finally {
      this.current = outer;
      if (outer === undefined) this.undos = [];
    }
  }

  undo(act: () => void): void {
    if (this.current !== undefined && !this.undoing) this.undos.push(act);
  }

  private rollBack(process: Process, from: number): void {
    this.undoing = true;
    try {
      for (const undo of this.undos.splice(from).reverse()) undo();
      process.forget();
    } catch (error) {
      this.broken = { error };
    }
    this.undoing = false;
  }

  touch(process: Process): void {
    if (this.current === undefined || this.current === process || this.undoing) return;
    this.undos.push(() => {
      process.forget();
      this.restarts.add(process);
    });
  }

  /** A point at which a test may have the process crash. */
  reach(point: string): void {
    if (this.current !== undefined) this.parts.faultPoint?.({ process: this.current.child.spec.id, point });
  }

  later<A extends readonly unknown[]>(act: (...args: A) => void): (...args: A) => void {
    const process = this.current;
    return process === undefined ? act : (...args) => this.within(process, () => act(...args), undefined);
  }

  /** To be called when an event has been handled. Throws where a step could not be taken back. */
  settle(): void {
    if (this.broken !== undefined) throw this.broken.error;
    while (this.crashes.size > 0 || this.restarts.size > 0) {
      const crashes = [...this.crashes];
      const restarts = [...this.restarts];
      this.crashes.clear();
      this.restarts.clear();
      for (const [process, error] of crashes) process.crashed(error);
      for (const process of new Set([...crashes.map(([process]) => process), ...restarts])) process.restart();
    }
  }
}
