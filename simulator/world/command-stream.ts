// The output of a simulated command while it runs: some parts at a time, as src/methods/command/streamed-output.ts hands them over.
//
// Boundary. From: methods-host.ts, for each run of a method that streams. To: the flow, by events; the result of the run, by `end`.
// 1. What is printed follows from the message alone; how it is cut into parts, and when it comes, from the dice.
// 2. The next parts wait until the flow has taken those before them, and the end waits for all.
// 3. Nobody reads what a command prints when its node has died.
import type { OutputPart, RunRequest, RunResult } from '../../src/methods/run.ts';
import type { Streamed } from '../../src/model/message.ts';
import type { Machine } from './machine.ts';
import { emptyBytes, linesOf } from './method-results.ts';

const partsAtOnce = 3;
/** Lines of a part; of a long output more, or it would take hours. */
const fewLines = 4;
const manyLines = 900;
const longOutput = 200;

export class CommandStream {
  private readonly machine: Machine;
  private readonly run: RunRequest;
  private readonly left: { stdout: string[]; stderr: string[] };
  private readonly mostLines: number;
  private readonly gapMs: number;
  private sent: Streamed = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };
  private isSending = false;
  /** The command has ended. */
  private onEnd: (() => void) | undefined;

  constructor(machine: Machine, run: RunRequest, durationMs: number) {
    this.machine = machine;
    this.run = run;
    this.left = { stdout: [...linesOf(run.message, '/')], stderr: [...linesOf(run.message, '!')] };
    this.mostLines = this.left.stdout.length > longOutput ? manyLines : fewLines;
    this.gapMs = Math.min(durationMs, 5_000) / (1 + machine.dice.whole(0, 6));
    this.wait();
  }

  /** `whole`: it ended by itself, so that all of its output was printed; otherwise it printed what came until now, or a little more. */
  end(result: RunResult, whole: boolean, done: (result: RunResult) => void): void {
    if (!whole && this.machine.dice.chance(0.5)) this.left.stdout.length = 0;
    if (!whole) this.left.stdout.splice(this.mostLines);
    if (!whole) this.left.stderr.splice(this.left.stdout.length === 0 ? 0 : 1);
    const { outcome } = result;
    this.onEnd = () => {
      const streamed = this.sent;
      done({
        stdout: emptyBytes,
        stderr: emptyBytes,
        outcome: { ...outcome, stdoutBytes: 0, stderrBytes: 0, streamed },
      });
    };
    this.pump();
  }

  private wait(): void {
    this.machine.after(this.machine.dice.next() * this.gapMs, () => {
      if (this.onEnd === undefined) this.pump();
    });
  }

  private pump(): void {
    if (this.isSending) return;
    const parts = this.takeSome();
    if (parts.length > 0) return this.send(parts);
    this.onEnd?.();
  }

  private send(parts: readonly OutputPart[]): void {
    const { machine, run } = this;
    let isTaken = false;
    this.isSending = true;
    const next = (): void => {
      if (isTaken) return;
      isTaken = true;
      for (const { stdout, stderr } of parts)
        this.sent = {
          parts: this.sent.parts + 1,
          stdoutBytes: this.sent.stdoutBytes + stdout.length,
          stderrBytes: this.sent.stderrBytes + stderr.length,
        };
      machine.world.witness?.took(machine, run, this.sent.parts);
      machine.after(0.05, () => {
        this.isSending = false;
        if (this.onEnd === undefined) this.wait();
        else this.pump();
      });
    };
    machine.step({ type: 'parts', key: run.key, parts, next });
  }

  private takeSome(): readonly OutputPart[] {
    const { left, mostLines, machine } = this;
    const parts: OutputPart[] = [];
    for (let most = machine.dice.whole(1, partsAtOnce); most > 0; most -= 1) {
      const stdout = left.stdout.splice(0, machine.dice.whole(1, mostLines)).join('');
      const stderr = left.stderr.splice(0, machine.dice.whole(0, 1)).join('');
      if (stdout.length + stderr.length > 0) parts.push({ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) });
    }
    // What is left of standard error alone must not look like the end.
    if (parts.length === 0 && left.stderr.length > 0)
      return [{ stdout: emptyBytes, stderr: Buffer.from(left.stderr.splice(0).join('')) }];
    return parts;
  }
}
