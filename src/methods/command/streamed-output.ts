// Output of a command on its way while the command runs: in the order in which it came, standard output and standard error apart.
//
// Job: gathers what comes for a moment, hands it over in parts, and says when there is no room for more.
// From: RunningCommand. To: whoever takes it (`onOutput`), who answers when a part is safe.
//
// 1. What comes after a silence waits no longer than `soonMs`; while parts queue up behind each other, `laterMs`: fewer and larger parts.
// 2. Memory: at most `mostHeld` and what one read brings. Past that the command is not read from, and waits.
// 3. `end` resolves when everything is safe, however much waits for its receiver: a run that ends is not held up by that.
import type { Timers } from '../../base/clock.ts';
import type { Streamed } from '../../model/message.ts';
import { partBytes, type OnOutput, type OutputPart, type Pace } from '../run.ts';
import type { OutputStream } from './output.ts';

const soonMs = 20;
const laterMs = 500;
/** What comes fast is made safe by few syncs. */
const partsAtOnce = 8;
const mostHeld = partsAtOnce * partBytes;

interface Piece {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
}

export class StreamedOutput {
  readonly #onOutput: OnOutput;
  readonly #timers: Timers;
  #pieces: Piece[] = [];
  #held = 0;
  #pace: Pace = 'go on';
  #isReleased = false;
  #isSending = false;
  #isDue = false;
  #isEnding = false;
  #cancel: (() => void) | undefined;
  #roomFor: (() => void)[] = [];
  #ended: (() => void) | undefined;
  #sent: Streamed = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };

  constructor(onOutput: OnOutput, timers: Timers) {
    this.#onOutput = onOutput;
    this.#timers = timers;
  }

  /** False where the command is not to be read from until there is room (`whenRoom`). */
  add(stream: OutputStream, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.#pieces.push({ stream, bytes: Uint8Array.from(bytes) });
    this.#held += bytes.length;
    this.#pump();
    return this.#hasRoom();
  }

  whenRoom(then: () => void): void {
    if (this.#hasRoom()) then();
    else this.#roomFor.push(then);
  }

  /** The command is killed: what lies in its pipes is all that comes, and is taken whatever waits. */
  release(): void {
    this.#isReleased = true;
    this.#makeRoom();
    this.#pump();
  }

  /** How much it was, when all of it is safe. */
  async end(): Promise<Streamed> {
    this.#isEnding = true;
    if (this.#held > 0 || this.#isSending)
      await new Promise<void>((resolve) => {
        this.#ended = resolve;
        this.#pump();
      });
    this.#cancel?.();
    return this.#sent;
  }

  #hasRoom(): boolean {
    return this.#held < mostHeld || this.#isReleased;
  }

  #makeRoom(): void {
    for (const then of this.#roomFor.splice(0)) then();
  }

  #pump(): void {
    if (this.#isSending || this.#held === 0) return;
    const isLast = this.#isEnding || this.#isReleased;
    if (this.#pace === 'full' && !isLast) return this.#askAgain();
    if (this.#held >= partBytes || this.#isDue || isLast) return void this.#send();
    this.#cancel ??= this.#timers.after(this.#pace === 'go on' ? soonMs : laterMs, () => {
      this.#cancel = undefined;
      this.#isDue = true;
      this.#pump();
    });
  }

  #askAgain(): void {
    this.#cancel ??= this.#timers.after(laterMs, () => {
      void this.#onOutput([]).then((pace) => {
        this.#cancel = undefined;
        this.#pace = pace;
        this.#pump();
      });
    });
  }

  async #send(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isDue = false;
    this.#isSending = true;
    const parts: OutputPart[] = [];
    while (this.#held > 0 && parts.length < partsAtOnce) parts.push(this.#take());
    this.#pace = await this.#onOutput(parts);
    for (const { stdout, stderr } of parts) {
      const { stdoutBytes, stderrBytes } = this.#sent;
      this.#sent = {
        parts: this.#sent.parts + 1,
        stdoutBytes: stdoutBytes + stdout.length,
        stderrBytes: stderrBytes + stderr.length,
      };
    }
    this.#isSending = false;
    if (this.#hasRoom()) this.#makeRoom();
    if (this.#held === 0) this.#ended?.();
    this.#pump();
  }

  #take(): OutputPart {
    const taken = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    let room = partBytes;
    let count = 0;
    for (const { stream, bytes } of this.#pieces) {
      const fitting = bytes.subarray(0, room);
      taken[stream].push(fitting);
      room -= fitting.length;
      if (fitting.length < bytes.length) {
        this.#pieces[count] = { stream, bytes: bytes.subarray(fitting.length) };
        break;
      }
      count += 1;
      if (room === 0) break;
    }
    this.#pieces = this.#pieces.slice(count);
    this.#held -= partBytes - room;
    return { stdout: Buffer.concat(taken.stdout), stderr: Buffer.concat(taken.stderr) };
  }
}
