// Many messages through one node whose store has a quota: as many as it can take, and never more than a few thousand unfinished.
//
// Job: submits, waits for the end of each batch, and looks at the store's folder and at the processes while that goes on.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSettled, type MessageView } from '../../src/contract/message-view.ts';
import { StewardError } from '../../src/model/error.ts';

const sampleMs = 100;
const pageBytes = 4096;

export interface Sampled {
  readonly name: string;
  /** Of its store. */
  readonly folder: string;
  readonly pid: number;
}

export interface Peak {
  readonly name: string;
  readonly folderBytes: number;
  readonly residentBytes: number;
  /** Of the last samples: what it comes to in the long run. */
  readonly lastFolderBytes: number;
  readonly lastResidentBytes: number;
  readonly samples: number;
  /** What the folder held when it was largest: bytes by file. */
  readonly files: Readonly<Record<string, number>>;
}

/** Looks every 100 ms, until it is ended. */
export function sample(what: readonly Sampled[]): { readonly end: () => readonly Peak[] } {
  const peaks = what.map((one) => ({
    one,
    folder: 0,
    resident: 0,
    lastFolder: 0,
    lastResident: 0,
    samples: 0,
    files: {},
  }));
  const look = (): void => {
    for (const peak of peaks) {
      const files = filesOf(peak.one.folder);
      peak.lastFolder = Object.values(files).reduce((sum, size) => sum + size, 0);
      if (peak.lastFolder > peak.folder) peak.files = files;
      peak.lastResident = residentBytes(peak.one.pid);
      peak.folder = Math.max(peak.folder, peak.lastFolder);
      peak.resident = Math.max(peak.resident, peak.lastResident);
      peak.samples += 1;
    }
  };
  look();
  const timer = setInterval(look, sampleMs);
  return {
    end() {
      clearInterval(timer);
      look();
      return peaks.map(({ one, folder, resident, lastFolder, lastResident, samples, files }) => ({
        name: one.name,
        folderBytes: folder,
        residentBytes: resident,
        lastFolderBytes: lastFolder,
        lastResidentBytes: lastResident,
        samples,
        files,
      }));
    },
  };
}

/** All files in it: those that go meanwhile take nothing. */
function filesOf(folder: string): Readonly<Record<string, number>> {
  const size = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return Object.fromEntries(readdirSync(folder).map((name) => [name, size(name)]));
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes;
}

export interface Load {
  readonly count: number;
  /** One of them. */
  readonly message: (number: number) => object;
  readonly submit: (messages: readonly object[]) => Promise<readonly string[]>;
  /** Throws `not-found` of what is not known any more. */
  readonly look: (id: string) => Promise<MessageView>;
  readonly onProgress?: (done: number) => void;
}

const batch = 500;
/** Batches that may be unfinished. */
const ahead = 6;

/** Resolves when the last of each batch is finished: what is not known any more has been removed, and so was finished. */
export async function pushThrough({ count, message, submit, look, onProgress }: Load): Promise<void> {
  const lasts: string[] = [];
  const finishOne = async (): Promise<void> => {
    const id = lasts.shift();
    if (id === undefined) return;
    while (!(await hasFinished(id, look))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  for (let done = 0; done < count; done += batch) {
    const messages = Array.from({ length: Math.min(batch, count - done) }, (_none, index) => message(done + index));
    const ids = await submit(messages);
    lasts.push(ids.at(-1) ?? '');
    while (lasts.length > ahead) await finishOne();
    onProgress?.(done + messages.length);
  }
  while (lasts.length > 0) await finishOne();
}

/** With its answer: what waits to be handled is not finished, and would come to more and more. */
async function hasFinished(id: string, look: Load['look']): Promise<boolean> {
  try {
    return isSettled(await look(id));
  } catch (error) {
    if (error instanceof StewardError && error.code === 'not-found') return true;
    throw error;
  }
}
