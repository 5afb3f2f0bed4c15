// The data folder of a simulated machine: what its methods write, and what a crash leaves of a write that was not synced.
//
// 1. A write is seen at once by whoever reads, and is certain only when it is synced.
// 2. A process that dies leaves any prefix of such a write; a power cut may leave holes in it, or nothing.
// 3. A replaced file is the old one or the new one.
import type { Dice } from './dice.ts';

interface Dirty {
  readonly path: string;
  readonly before: Buffer | undefined;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const nothing = Buffer.alloc(0);

export class FileSystem {
  readonly files: Map<string, Buffer>;
  private dirty: Dirty[] = [];

  constructor(copyOf?: FileSystem) {
    this.files = new Map(copyOf?.files);
  }

  sizeOf(path: string): number {
    return this.files.get(path)?.length ?? 0;
  }

  /** Like src/methods/files: a file that has become shorter than the offset is appended to at its end. */
  write(path: string, offset: number, bytes: Uint8Array): void {
    const before = this.files.get(path);
    const start = Math.min(offset, before?.length ?? 0);
    this.dirty.push({ path, before, offset: start, bytes });
    this.files.set(path, overlay(before, start, bytes));
  }

  replace(path: string, bytes: Uint8Array): void {
    this.files.set(path, Buffer.from(bytes));
  }

  sync(path: string): void {
    this.dirty = this.dirty.filter((write) => write.path !== path);
  }

  /** What is not synced is torn. Answers how many writes were. */
  tear(dice: Dice, power: boolean): number {
    const torn = this.dirty;
    this.dirty = [];
    for (const path of new Set(torn.map((write) => write.path))) {
      const writes = torn.filter((write) => write.path === path);
      const whole = dice.whole(0, writes.length - 1);
      let content = writes[0]?.before;
      writes.forEach(({ offset, bytes }, index) => {
        if (index < whole) content = overlay(content, offset, bytes);
        else if (index === whole || power) content = overlay(content, offset, remnant(bytes, dice, power));
      });
      this.put(path, content);
    }
    return torn.length;
  }

  private put(path: string, content: Buffer | undefined): void {
    if (content === undefined) this.files.delete(path);
    else this.files.set(path, content);
  }
}

function remnant(bytes: Uint8Array, dice: Dice, power: boolean): Uint8Array {
  const at = dice.whole(0, bytes.length);
  if (!power || dice.chance(0.5)) return bytes.subarray(0, at);
  return Buffer.concat([Buffer.alloc(at), bytes.subarray(at)]);
}

/** Zeros where there was nothing before, as a file system leaves them. */
function overlay(before: Buffer | undefined, offset: number, bytes: Uint8Array): Buffer {
  const old = before ?? nothing;
  const content = Buffer.alloc(Math.max(old.length, offset + bytes.length));
  content.set(old);
  content.set(bytes, offset);
  return content;
}
