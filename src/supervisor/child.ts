// A process and what becomes of it when it crashes, in the words of OTP's supervisor.

/** permanent: begins anew whenever it has ended · transient: only after a crash · temporary: never. */
export type Restart = 'permanent' | 'transient' | 'temporary';

/** So many restarts within the period are borne; one more stops the process. */
export interface Intensity {
  readonly restarts: number;
  readonly periodMs: number;
}

export interface ChildSpec {
  /** Unique in its tree, and for people: `subscriber central cliCommand`. */
  readonly id: string;
  readonly restart: Restart;
  readonly intensity: Intensity;
}

export interface Child {
  readonly spec: ChildSpec;
  /** Wall ms. */
  readonly startedAt: number;
  state: 'running' | 'stopped';
  /** Why it is stopped. */
  reason: string | undefined;
  /** In all. */
  restarts: number;
  /** Monotonic ms of the restarts within the period. */
  recent: readonly number[];
  lastError: { readonly at: number; readonly text: string } | undefined;
}
