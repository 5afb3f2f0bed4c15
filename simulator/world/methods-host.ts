// Runs the methods of a simulated machine: commands that outlive a killed node, and files that are written in steps.
//
// Boundary. From: perform.ts. To: the flow, by answers; the file system of the machine.
// 1. A command is a process of the machine, not of the node: it goes on when the node is killed, until `endOrphans`.
// 2. From `prepare` to its end a run holds its files; a batch that is to be tried again keeps all of them (src/methods/files).
import { bodyParts } from '../../src/methods/files/parts.ts';
import { errorFileOf, targetSegments } from '../../src/methods/files/target-path.ts';
import type { FileMark, RunKey, RunRequest, RunResult } from '../../src/methods/run.ts';
import type { OrphanRef, Prepared } from '../../src/flow/event.ts';
import { isCommand, methodEntry } from '../../src/model/method-name.ts';
import { CommandStream } from './command-stream.ts';
import type { Machine } from './machine.ts';
import { emptyBytes, failed, outputOf, planOf, succeeded } from './method-results.ts';
import { OutlivingProcesses } from './outliving.ts';

interface Process {
  readonly run: RunRequest;
  ended: boolean;
}

interface Write {
  readonly path: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const outlivingMs = 8_000;

type Answer = (result: unknown) => void;

export class MethodsHost {
  /** How often a file method finds no room and has to be tried again. */
  retry = 0;
  /** The longest that a usual command takes, ms. */
  usualMs = 200;
  /** Dies in the middle of the next command, or of the next write to a file. */
  dieIn: 'mid-run' | 'torn' | undefined;
  readonly processes = new Map<RunKey, Process>();
  private readonly machine: Machine;
  private readonly outliving: OutlivingProcesses;
  private locks = new Map<RunKey, readonly string[]>();
  private aborts = new Map<RunKey, (reason: string) => void>();
  /** Until some file is let go of. */
  private waiting: (() => void)[] = [];
  /** Jobs that the flow waits for. */
  underWay = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.outliving = new OutlivingProcesses(machine);
  }

  begin(): void {
    this.locks = new Map();
    this.aborts = new Map();
    this.waiting = [];
    this.underWay = 0;
  }

  /** The machine itself goes down. */
  powerOff(): void {
    for (const process of this.processes.values()) process.ended = true;
    this.processes.clear();
    this.outliving.powerOff();
  }

  /** An orderly stop has waited for long enough. */
  abortAll(): void {
    for (const abort of this.aborts.values()) abort('node stopped');
  }

  adopt(runs: readonly RunRequest[], answer: Answer): void {
    for (const run of runs) if (run.message.method !== 'file') this.locks.set(run.key, this.pathsOf(run));
    this.machine.after(0.1, () => answer(undefined));
  }

  release(key: RunKey): void {
    this.locks.delete(key);
    this.outliving.forget(key);
    for (const again of this.waiting.splice(0)) this.machine.after(0.1, again);
  }

  prepare(runs: readonly RunRequest[], answer: Answer): void {
    const keys = new Set(runs.map((run) => run.key));
    const wanted = new Set(runs.flatMap((run) => this.pathsOf(run)));
    const busy = [...this.locks].some(([key, paths]) => !keys.has(key) && paths.some((path) => wanted.has(path)));
    if (busy) return void this.waiting.push(() => this.prepare(runs, answer));
    const ends = new Map<string, number>();
    const advance = (path: string, length: number): number => {
      const end = ends.get(path) ?? this.machine.files.sizeOf(path);
      ends.set(path, end + length);
      return end;
    };
    const prepared = runs.map((run): Prepared => {
      if (run.message.method === 'file') return { type: 'mark', mark: { stdout: 0, stderr: 0 } };
      const paths = this.pathsOf(run);
      const { stdout, stderr } = this.partsOf(run);
      this.locks.set(run.key, paths);
      const [out = '', error] = paths;
      const mark: FileMark = {
        stdout: advance(out, stdout.length),
        stderr: error === undefined ? 0 : advance(error, stderr.length),
      };
      return { type: 'mark', mark };
    });
    this.machine.after(0.1, () => answer(prepared));
  }

  run(runs: readonly RunRequest[], answer: Answer): void {
    const [first] = runs;
    if (first === undefined) return this.machine.after(0.01, () => answer([]));
    if (first.message.endsNode === true) return this.runOutliving(first, answer);
    this.underWay += 1;
    const done = (results: readonly RunResult[]): void => {
      this.underWay -= 1;
      answer(results);
    };
    if (isCommand(first.message.method)) return this.runCommand(first, done);
    if (first.message.method === 'console') {
      this.machine.world.witness?.ran(this.machine, first);
      return this.machine.after(this.machine.dice.next() * 5, () => done([succeeded(emptyBytes)]));
    }
    this.runFiles(runs, done);
  }

  /** Killed, a moment later: it may have ended by then. */
  cancel(key: RunKey, reason: string): void {
    this.machine.after(this.machine.dice.next() * 20, () => this.aborts.get(key)?.(reason));
  }

  /** They are gone when this is answered. */
  endOrphans(orphans: readonly OrphanRef[], answer: Answer): void {
    this.machine.after(1 + this.machine.dice.next() * 20, () => {
      for (const { key } of orphans) {
        const process = this.processes.get(key);
        if (process !== undefined) process.ended = true;
        this.processes.delete(key);
      }
      answer([]);
    });
  }

  /** Whether a command of the same lane goes on that may outlive the node. */
  isBehindOutliving({ key, message, body }: RunRequest): boolean {
    return message.method === 'cliCommand' && !message.unordered && this.outliving.isBefore({ key, message, body });
  }

  /** A stop of the node does not wait for it. */
  private runOutliving(run: RunRequest, answer: Answer): void {
    if (run.resume === true) return this.outliving.resume(run, answer);
    const { dice } = this.machine;
    // Often so long that the node is back before it ends.
    const durationMs = planOf(run, { usualMs: this.usualMs, dice }).durationMs + dice.next() ** 2 * outlivingMs;
    const timeoutMs = run.message.methodTimeoutMs < 0 ? Infinity : run.message.methodTimeoutMs;
    const result = timeoutMs < durationMs ? failed('the method timeout has passed', 'timedOut') : outputOf(run.message);
    this.outliving.start(run, { result, durationMs: Math.min(durationMs, timeoutMs), done: answer });
  }

  private runCommand(run: RunRequest, done: (results: readonly RunResult[]) => void): void {
    const { machine } = this;
    const { world, life } = machine;
    const { durationMs, kind } = planOf(run, { usualMs: this.usualMs, dice: machine.dice });
    if (kind !== undefined) world.count(kind);
    const timeoutMs = run.message.methodTimeoutMs < 0 ? Infinity : run.message.methodTimeoutMs;
    const process: Process = { run, ended: false };
    const lastsMs = Math.min(durationMs, timeoutMs);
    world.witness?.ran(machine, run);
    this.processes.set(run.key, process);
    const streams = methodEntry(run.message.method).streams === true;
    const stream = streams ? new CommandStream(machine, run, lastsMs) : undefined;
    const end = (result: RunResult, whole = false): void => {
      if (process.ended) return;
      process.ended = true;
      this.processes.delete(run.key);
      this.aborts.delete(run.key);
      world.witness?.ended(machine, run, result.outcome);
      // Whoever started it may be gone, and then nobody hears of its end.
      if (machine.life !== life) return;
      if (stream === undefined) done([result]);
      else stream.end(result, whole, (told) => done([told]));
    };
    this.aborts.set(run.key, (reason) => end(failed(reason)));
    const timedOut = timeoutMs < durationMs;
    world.at(lastsMs, () =>
      timedOut
        ? end(failed('the method timeout has passed', 'timedOut'))
        : end(outputOf(run.message, machine.dice), true),
    );
    if (lastsMs > 20)
      machine.after(20, () => {
        if (!process.ended) machine.step({ type: 'spawned', key: run.key, pid: 1, pidStart: run.key });
      });
    if (this.dieIn !== 'mid-run') return;
    this.dieIn = undefined;
    machine.after(machine.dice.next() * Math.min(lastsMs, 2000), () => machine.die('mid-run'));
  }

  private runFiles(runs: readonly RunRequest[], done: (results: readonly RunResult[]) => void): void {
    const { machine } = this;
    const { files, dice, world } = machine;
    if (machine.disk.full || dice.chance(this.retry)) {
      world.count('full');
      return machine.after(1, () => done(runs.map(() => failed('disk full', 'failed', 'disk full'))));
    }
    for (const run of runs) world.witness?.ran(machine, run);
    const writes = runs.flatMap((run) => this.writesOf(run)).sort((a, b) => a.offset - b.offset);
    for (const { path, offset, bytes } of writes) files.write(path, offset, bytes);
    const syncMs = 0.05 + dice.next() * 3;
    if (this.dieIn === 'torn' && writes.length > 0) {
      this.dieIn = undefined;
      machine.after(dice.next() * syncMs, () => machine.die(dice.chance(0.5) ? 'power' : 'crash'));
    }
    machine.after(syncMs, () => {
      for (const { path } of writes) files.sync(path);
      for (const run of runs) {
        if (run.message.method === 'file') files.replace(this.pathsOf(run)[0] ?? '', this.partsOf(run).stdout);
        this.release(run.key);
      }
      done(runs.map(() => succeeded(emptyBytes)));
    });
  }

  private writesOf(run: RunRequest): readonly Write[] {
    const { mark } = run;
    if (run.message.method === 'file' || mark === undefined) return [];
    const [out = '', error] = this.pathsOf(run);
    const { stdout, stderr } = this.partsOf(run);
    const writes: Write[] = [{ path: out, offset: mark.stdout, bytes: stdout }];
    return error === undefined ? writes : [...writes, { path: error, offset: mark.stderr, bytes: stderr }];
  }

  private pathsOf(run: RunRequest): readonly string[] {
    const path = targetSegments(run.message).join('/');
    return this.partsOf(run).stderr.length === 0 ? [path] : [path, errorFileOf(path)];
  }

  private partsOf(run: RunRequest): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    if (run.message.method !== 'hello') return bodyParts(run);
    const line = `${new Date(this.machine.clock.wall()).toISOString()}, Received hello from "${run.message.from}"\n`;
    return { stdout: Buffer.from(line), stderr: emptyBytes };
  }
}
