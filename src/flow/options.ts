// What the flow is given: who it is, and everything that it must not reach for by itself.
import type { RunRequest, RunResult } from '../methods/run.ts';
import type { GroupName } from '../model/group.ts';
import type { MethodName } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Policy, Seals } from '../security/seal.ts';
import type { Limits } from './limits.ts';
import type { FaultPoint } from './process.ts';

/** The methods as the flow needs to know them. */
export interface MethodKinds {
  /** inline: pure, run at once; file: prepared first, in batches; the others: on their own, and only `process` can be cancelled while it runs. */
  kindOf(method: MethodName): 'inline' | 'file' | 'process' | 'turn' | 'order' | 'node';
  runInline(request: RunRequest): RunResult;
}

/** How long and how much of what is finished is kept; null: without a limit (retain.ts). */
export interface RetentionOptions {
  readonly keepMs: number | null;
  /** What the database may take. */
  readonly databaseBytes: number | null;
}

export const keepAll: RetentionOptions = { keepMs: null, databaseBytes: null };

export interface FlowOptions {
  readonly node: NodeName;
  readonly central: NodeName;
  readonly version: string;
  /** The groups that this node belongs to; absent: none. */
  readonly groups?: readonly GroupName[];
  /** Random, made for this start. */
  readonly boot: string;
  readonly random: { next(): number; bytes(count: number): Uint8Array };
  readonly wall: () => number;
  readonly monotonic: () => number;
  readonly seals: Seals;
  readonly policy: Policy;
  readonly methods: MethodKinds;
  readonly newId: () => string;
  /** Unordered messages of one lane that run at once, at most. */
  readonly maxRunning: number;
  readonly limits: Limits;
  readonly retention: RetentionOptions;
  /** Where a process may be made to crash. Nothing in production. */
  readonly faultPoint?: FaultPoint;
}
