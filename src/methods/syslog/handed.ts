// What a run that goes on has handed over: in parts that fit, and counted.
import type { Streamed } from '../../model/message.ts';
import { partBytes, type FollowMark, type OnOutput, type OutputPart, type Pace } from '../run.ts';

const nothing = new Uint8Array(0);

export class Handed {
  sent: Streamed = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };
  readonly #onOutput: OnOutput;

  constructor(onOutput: OnOutput) {
    this.#onOutput = onOutput;
  }

  /** All of it is safe when it resolves, with the mark. */
  async hand(of: { readonly stdout: Uint8Array; readonly stderr: Uint8Array }, mark?: FollowMark): Promise<Pace> {
    const parts: readonly OutputPart[] = [
      ...pieces(of.stdout).map((stdout) => ({ stdout, stderr: nothing })),
      ...pieces(of.stderr).map((stderr) => ({ stdout: nothing, stderr })),
    ];
    const pace = await (mark === undefined ? this.#onOutput(parts) : this.#onOutput(parts, mark));
    const { parts: before, stdoutBytes, stderrBytes } = this.sent;
    this.sent = {
      parts: before + parts.length,
      stdoutBytes: stdoutBytes + of.stdout.length,
      stderrBytes: stderrBytes + of.stderr.length,
    };
    return pace;
  }
}

function pieces(bytes: Uint8Array): readonly Uint8Array[] {
  const count = Math.ceil(bytes.length / partBytes);
  return Array.from({ length: count }, (_none, index) => bytes.subarray(index * partBytes, (index + 1) * partBytes));
}
