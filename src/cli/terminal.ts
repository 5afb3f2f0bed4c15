// What a command knows of the process that it runs in. Commands take it as an argument; tests bring their own.

export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters; 80 where it is not known. */
  readonly columns: number;
  /** Resolves when the data is on its way. Once the reader has gone (`| head`), data is dropped without an error. */
  write(data: string | Uint8Array): Promise<void>;
  /** Whether nobody reads any more. */
  readerGone(): boolean;
}

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Program and first arguments that start this very executable once more. */
  readonly executable: readonly [string, ...string[]];
  readonly input: AsyncIterable<Uint8Array>;
  readonly out: Output;
  readonly err: Output;
  /** Calls back at the first Ctrl-C (or SIGTERM, SIGHUP); a second one ends the process. The answer stops listening. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** What a command's definition needs to hand over to its action. */
export interface Shell {
  readonly terminal: Terminal;
  /** Says with which status the process is to end. */
  readonly exitWith: (status: number) => void;
}

/** Exit statuses, as every --help documents them. */
export const exitStatus = { ok: 0, failed: 1, interrupted: 130 } as const;
