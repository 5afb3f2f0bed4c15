// A folder in memory that can be full, or hang, and knows who wrote what.
import type { LogDisk, LogFile, OpenFile } from '../../../src/message-log/log-disk.ts';

interface File {
  bytes: Buffer;
  changedAt: number;
}

export class MemoryDisk implements LogDisk {
  readonly files = new Map<string, File>();
  now = 0;
  /** Bytes that all files together may have. */
  room = Infinity;
  /** Writes wait until `release`. */
  hangs = false;
  syncs = 0;
  private readonly held: (() => void)[] = [];

  release(): void {
    this.hangs = false;
    for (const go of this.held.splice(0)) go();
  }

  text(name = 'messages.jsonl'): string {
    return this.files.get(name)?.bytes.toString() ?? '';
  }

  put(name: string, text: string): void {
    this.files.set(name, { bytes: Buffer.from(text), changedAt: this.now });
  }

  get size(): number {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  list(): Promise<readonly LogFile[]> {
    return Promise.resolve(
      [...this.files].map(([name, { bytes, changedAt }]) => ({ name, bytes: bytes.length, changedAt })),
    );
  }

  open(name: string, how: 'read' | 'write'): Promise<OpenFile> {
    const known = this.files.get(name);
    if (known === undefined && how === 'read')
      return Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
    const file = known ?? { bytes: Buffer.alloc(0), changedAt: this.now };
    this.files.set(name, file);
    return Promise.resolve({
      append: (bytes) => this.append(file, bytes),
      read: (into, position) => Promise.resolve(file.bytes.copy(into, 0, position)),
      size: () => Promise.resolve(file.bytes.length),
      truncate: (length) => {
        file.bytes = file.bytes.subarray(0, length);
        return Promise.resolve();
      },
      sync: () => {
        this.syncs += 1;
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  }

  rename(from: string, to: string): Promise<void> {
    const file = this.files.get(from);
    this.files.delete(from);
    if (file !== undefined) this.files.set(to, file);
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }

  /** What does not fit is written as far as it does, as disks do. */
  private async append(file: File, bytes: Uint8Array): Promise<void> {
    if (this.hangs) await new Promise<void>((resolve) => this.held.push(resolve));
    const fits = bytes.subarray(0, Math.max(0, this.room - this.size));
    file.bytes = Buffer.concat([file.bytes, fits]);
    file.changedAt = this.now;
    if (fits.length < bytes.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }
}
