// Commands that are to end their own node: processes of the machine that no life of the node ends, and whose end is written beside them.
//
// Boundary. From: methods-host.ts. To: whichever life of the node has asked last.
// 1. Power that goes takes them with it, and nobody knows how they went.
import type { RunKey, RunRequest, RunResult } from '../../src/methods/run.ts';
import { wayOf } from '../../src/model/route.ts';
import type { Machine } from './machine.ts';
import { emptyBytes } from './method-results.ts';

type Done = (results: readonly RunResult[]) => void;

interface Outliving {
  /** Whence it came, where it is kept in order. */
  readonly way: string | undefined;
  result: RunResult | undefined;
  life: number;
  done: Done;
}

const unseen: RunResult = {
  outcome: { state: 'unknown', stdoutBytes: 0, stderrBytes: 0, reason: 'nobody saw how it went' },
  stdout: emptyBytes,
  stderr: emptyBytes,
};

export class OutlivingProcesses {
  private readonly machine: Machine;
  private readonly known = new Map<RunKey, Outliving>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** At some time before its end it tells its node to stop. */
  start(run: RunRequest, what: { readonly result: RunResult; readonly durationMs: number; readonly done: Done }): void {
    const { machine } = this;
    const { world } = machine;
    const way = run.message.unordered ? undefined : wayTo(run);
    const process: Outliving = { way, result: undefined, life: machine.life, done: what.done };
    this.known.set(run.key, process);
    world.witness?.ran(machine, run);
    world.at(machine.dice.next() * what.durationMs, () => {
      if (this.known.get(run.key) === process) machine.stop();
    });
    world.at(what.durationMs, () => {
      if (this.known.get(run.key) !== process) return;
      process.result = what.result;
      world.witness?.ended(machine, run, what.result.outcome);
      if (machine.life === process.life) process.done([what.result]);
    });
  }

  resume(run: RunRequest, done: Done): void {
    const process = this.known.get(run.key);
    const result = process === undefined ? unseen : process.result;
    if (result !== undefined) return this.machine.after(0.1, () => done([result]));
    if (process !== undefined) Object.assign(process, { life: this.machine.life, done });
  }

  /** Whether one of the same lane still runs. */
  isBefore(run: RunRequest): boolean {
    for (const [key, { result, way }] of this.known)
      if (key !== run.key && result === undefined && way === wayTo(run)) return true;
    return false;
  }

  /** What runs goes on, whoever forgets it. */
  forget(key: RunKey): void {
    if (this.known.get(key)?.result !== undefined) this.known.delete(key);
  }

  powerOff(): void {
    this.known.clear();
  }
}

/** Order is kept among those that go the same way, with the same priority. */
function wayTo({ message }: RunRequest): string {
  return `${wayOf(message).join(' ')} ${message.priority ?? ''}`;
}
