// Collects what a command writes, standard output and standard error apart, up to a bound on both together.

export type OutputStream = 'stdout' | 'stderr';

const firstCapacity = 1024;

/** Memory: at most twice the bound while it grows, whatever the size of the pieces. */
export class Output {
  readonly #limit: number;
  readonly #kept = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  readonly #length = { stdout: 0, stderr: 0 };

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length.stdout + this.#length.stderr;
  }

  /** Keeps a copy of the bytes. False if they pass the bound; then what fits under it is kept. */
  add(stream: OutputStream, bytes: Uint8Array): boolean {
    const room = this.#limit - this.#length.stdout - this.#length.stderr;
    const taken = bytes.length <= room ? bytes : bytes.subarray(0, room);
    const start = this.#length[stream];
    const length = start + taken.length;
    if (length > this.#kept[stream].length) this.#grow(stream, length);
    this.#kept[stream].set(taken, start);
    this.#length[stream] = length;
    return taken.length === bytes.length;
  }

  /** All that was kept, and lets go of it. */
  take(): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    const taken = { stdout: this.#exact('stdout'), stderr: this.#exact('stderr') };
    this.#kept.stdout = Buffer.alloc(0);
    this.#kept.stderr = Buffer.alloc(0);
    this.#length.stdout = 0;
    this.#length.stderr = 0;
    return taken;
  }

  #grow(stream: OutputStream, length: number): void {
    const capacity = Math.min(this.#limit, Math.max(firstCapacity, length, this.#kept[stream].length * 2));
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.#kept[stream].subarray(0, this.#length[stream]));
    this.#kept[stream] = larger;
  }

  #exact(stream: OutputStream): Uint8Array {
    const whole = this.#kept[stream];
    const used = whole.subarray(0, this.#length[stream]);
    // A view would keep the whole of a much larger buffer alive for as long as the result lives.
    return used.length * 2 < whole.length ? Buffer.from(used) : used;
  }
}
