// Who sees what truly happens in a simulated world: the checker, or nobody.
import type { RunRequest } from '../../src/methods/run.ts';
import type { Draft, Outcome } from '../../src/model/message.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { FaultKind } from '../faults.ts';
import type { Machine } from './machine.ts';

export interface Witness {
  /** Intake has said "accepted". */
  answered(machine: Machine, ids: readonly string[], drafts: readonly Draft[]): void;
  /** Is about to be durable. `uptime`: how long the node had run when it asked for it. */
  willCommit(machine: Machine, ops: readonly StoreOp[], uptime: number): void;
  didCommit(machine: Machine, ops: readonly StoreOp[]): void;
  published(machine: Machine, subject: string, bytes: Uint8Array): void;
  /** A command, a file method or a console begins. Pure methods have run when their outcome is durable. */
  ran(machine: Machine, run: RunRequest): void;
  /** What a command would report; also where its node is no longer there to hear it. */
  ended(machine: Machine, run: RunRequest, outcome: Outcome): void;
  /** A command is asked for what comes after so many parts of its output. */
  took(machine: Machine, run: RunRequest, parts: number): void;
  died(machine: Machine, how: FaultKind): void;
  /** The store of this machine was exchanged, or is on a second machine from now on. */
  exchanged(machine: Machine, how: 'wipe' | 'restore' | 'twin' | 'twin-end' | 'stray'): void;
  threw(machine: Machine, error: unknown): void;
}
