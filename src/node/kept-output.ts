// Output that came in parts and is for nobody else: files below the data folder, which methods append to (`output`), read for people.
//
// 1. A read takes at most `atOnceBytes`, however large the file is.
// 2. Files go when they are older than finished messages may be, the oldest first where they are more than the store may hold.
import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timers } from '../base/clock.ts';
import { keptFolder } from '../methods/files/target-path.ts';
import { isMessageId } from '../model/id.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Config } from './config/config.ts';

export const atOnceBytes = 1024 * 1024;
const tidyEveryMs = 3_600_000;
const tidyFirstMs = 60_000;

export interface KeptOutputOptions {
  /** That messages write to. */
  readonly dataFolder: string;
  readonly keepMs: number;
  readonly quotaBytes: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** -1 in the configuration: without bound. */
export function keptOutputOf(
  config: Pick<Config, 'subscribersDataFolder' | 'keepMessagesMs' | 'storeQuotaBytes'>,
  time: Pick<KeptOutputOptions, 'clock' | 'timers'>,
): KeptOutput {
  const { subscribersDataFolder: dataFolder, keepMessagesMs: keepMs, storeQuotaBytes: quotaBytes } = config;
  const bound = (value: number): number => (value < 0 ? Infinity : value);
  return new KeptOutput({ dataFolder, keepMs: bound(keepMs), quotaBytes: bound(quotaBytes), ...time });
}

interface KeptFile {
  readonly path: string;
  readonly size: number;
  readonly at: number;
}

export class KeptOutput {
  private readonly options: KeptOutputOptions;
  private cancel: () => void;
  private closed = false;

  constructor(options: KeptOutputOptions) {
    this.options = options;
    this.cancel = options.timers.after(tidyFirstMs, () => void this.tidyAgain());
  }

  close(): void {
    this.closed = true;
    this.cancel();
  }

  /** Whether anything of it has come, and is there still. */
  async has({ to, id }: { to: NodeName; id: MessageId }): Promise<boolean> {
    for (const name of [id, `${id}.error`])
      if (
        await lstat(join(this.folder, to, name)).then(
          (found) => found.size > 0,
          () => false,
        )
      )
        return true;
    return false;
  }

  /** From this byte on, as far as one read goes; empty where there is nothing, or not yet. */
  async read(of: { to: NodeName; id: MessageId; stream: 'stdout' | 'stderr'; from: number }): Promise<Uint8Array> {
    const name = of.stream === 'stdout' ? of.id : `${of.id}.error`;
    try {
      const file = await open(join(this.folder, of.to, name), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(atOnceBytes), 0, atOnceBytes, of.from);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return new Uint8Array(0);
      throw error;
    }
  }

  /** Removes what is too old, or too much, of what this node has made there. What cannot be removed is tried again the next time. */
  async tidy(): Promise<void> {
    const { clock, keepMs, quotaBytes } = this.options;
    const files = (await this.files()).sort((a, b) => b.at - a.at);
    let total = 0;
    for (const { path, size, at } of files) {
      total += size;
      if (clock.wall() - at > keepMs || total > quotaBytes) await rm(path, { force: true }).catch(() => undefined);
    }
  }

  private get folder(): string {
    return join(this.options.dataFolder, keptFolder);
  }

  private async tidyAgain(): Promise<void> {
    try {
      await this.tidy();
    } catch {
      // A disk that gives no answer now may do so in an hour.
    }
    if (this.closed) return;
    this.cancel = this.options.timers.after(tidyEveryMs, () => void this.tidyAgain());
  }

  private async files(): Promise<KeptFile[]> {
    const found: KeptFile[] = [];
    for (const node of await list(this.folder))
      for (const name of await list(join(this.folder, node))) {
        const path = join(this.folder, node, name);
        const file = await lstat(path).catch(() => undefined);
        if (file?.isFile() === true && isMessageId(name.replace(/\.error$/, '')))
          found.push({ path, size: file.size, at: file.mtimeMs });
      }
    return found;
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
