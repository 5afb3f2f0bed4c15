// Files that a node keeps, each for one message that reads it to its end (model/input-name.ts): below the data folder, by sender and id.
//
// Job: gives each a folder of its own, and removes that with its message, or by age. From: copies, commands and the API. To: the disk.
// 1. The flow has one dropped when its message has ended, durably. What a crash left over, or whose message never comes, goes by age.
// 2. Age is counted in hours that the node is up, and by no clock: one that is set from 1970 to today removes nothing too soon.
// 3. Bounds: so many of one sender, and room on the disk is left to the node.
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StewardError } from '../../model/error.ts';
import { isMessageId } from '../../model/id.ts';
import type { MessageId } from '../../model/message.ts';
import type { NodeName } from '../../model/node-name.ts';
import { syncFolder } from '../files/sync-folders.ts';
import { inputFolder } from '../files/target-path.ts';

const hourMs = 3_600_000;
/** Of one that is not whole yet, or does not say. */
const firstHours = 2;
/** So long after its message has expired: it may be there, and have to wait for its turn. */
const moreHours = 7 * 24;
const mostOfOne = 1_000;
const spareBytes = 16 * 1024 * 1024;

/** Whose it is, and which. */
export interface InputKey {
  readonly from: NodeName;
  readonly id: MessageId;
}

export class Inputs {
  readonly #folder: string;

  constructor({ dataFolder }: { readonly dataFolder: string }) {
    this.#folder = join(dataFolder, inputFolder);
  }

  pathOf(key: InputKey): string {
    return join(this.#folderOf(key), 'stdin');
  }

  /** Makes the folder of one that is to come, and answers its path. */
  async expect(key: InputKey, expiresMs?: number): Promise<string> {
    const folder = this.#folderOf(key);
    const others = await list(dirname(folder));
    if (!others.includes(key.id) && others.length >= mostOfOne)
      throw new StewardError(
        'queue-full',
        `this node keeps ${mostOfOne} files of ${key.from} for its commands already`,
        {
          hint: 'they go when the commands have ended',
        },
      );
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#setHours(folder, expiresMs === undefined ? firstHours : Math.ceil(expiresMs / hourMs) + moreHours);
    return join(folder, 'stdin');
  }

  /** Adds to it, from `at` on, which is its end; answers its new length. */
  async add(key: InputKey, of: { readonly at: number; readonly bytes: Uint8Array }): Promise<number> {
    const { at, bytes } = of;
    const path = at === 0 ? await this.expect(key) : this.pathOf(key);
    await this.#refuseWithoutRoom(bytes.length);
    const file = await open(path, at === 0 ? 'wx' : 'r+', 0o600).catch((error: unknown) => {
      throw new StewardError('not-found', `there is no input ${key.id} that could go on`, { cause: error });
    });
    try {
      const { size } = await file.stat();
      if (size !== at) throw new StewardError('invalid-usage', `input ${key.id} has ${size} bytes, and not ${at}`);
      for (let done = 0; done < bytes.length;)
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      if (at > 0) await this.#setHours(dirname(path), firstHours);
      return at + bytes.length;
    } finally {
      await file.close();
    }
  }

  /** It is whole: from now on it is durable, for its message and for those that read the same under other names. */
  async keep(key: InputKey, of: { readonly as: readonly MessageId[]; readonly expiresMs: number }): Promise<void> {
    const path = this.pathOf(key);
    await syncFile(path).catch((error: unknown) => {
      if (!existsSync(path)) throw new StewardError('not-found', `there is no input ${key.id}`, { cause: error });
      throw error;
    });
    await this.expect(key, of.expiresMs);
    for (const id of of.as) {
      const other = await this.expect({ ...key, id }, of.expiresMs);
      // Some file systems know one name a file.
      await link(path, other).catch(async () => {
        await copyFile(path, other);
        await syncFile(other);
      });
      await syncFolder(dirname(other));
    }
    await syncFolder(dirname(path));
    await syncFolder(dirname(dirname(path)));
    await syncFolder(this.#folder);
  }

  async drop(key: InputKey): Promise<void> {
    await rm(this.#folderOf(key), { recursive: true, force: true });
  }

  /** To be called after each hour that the node is up: it has passed for all of them. */
  async tidy(): Promise<void> {
    for (const from of await list(this.#folder))
      for (const id of await list(join(this.#folder, from))) {
        if (!isMessageId(id)) continue;
        // One that goes away meanwhile, or whose disk fails, is no reason to leave out the others.
        await this.#grow(join(this.#folder, from, id)).catch(() => undefined);
      }
  }

  async #grow(folder: string): Promise<void> {
    const text = await readFile(join(folder, 'hours'), 'utf8').catch(() => String(firstHours));
    // What says nothing that can be read has rather too long than too short.
    const left = (/^\d+$/.test(text) ? Number(text) : moreHours) - 1;
    if (left > 0) await this.#setHours(folder, left);
    else await rm(folder, { recursive: true, force: true });
  }

  #folderOf({ from, id }: InputKey): string {
    return join(this.#folder, from, id);
  }

  /** Whole, or not at all. */
  async #setHours(folder: string, hours: number): Promise<void> {
    const next = join(folder, 'hours.next');
    await writeFile(next, String(hours), { mode: 0o600 });
    await rename(next, join(folder, 'hours'));
  }

  async #refuseWithoutRoom(wanted: number): Promise<void> {
    const disk = await statfs(this.#folder).catch(() => undefined);
    const free = disk === undefined || disk.blocks === 0 ? Infinity : disk.bavail * disk.bsize - spareBytes;
    if (wanted > free)
      throw new StewardError(
        'too-large',
        `no room: ${Math.max(0, free)} bytes are free but for the ${spareBytes} that are kept for the node`,
        {
          hint: `it would lie in ${this.#folder}`,
        },
      );
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Nothing where there is none, or it gives no answer now: whoever makes one there hears why it cannot. */
function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
