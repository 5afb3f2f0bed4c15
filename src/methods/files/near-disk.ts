// Which folders lie on the disk of the store, and how each disk is reached.
//
// Job: the node waits for the disk of its store anyway, so calls to that disk may be made on the spot. Any other one (a network file
//      system, a stick) may hang for ever, and only those who write to it may hang with it.
// 1. A folder is found to be near by calls made elsewhere; only then calls are made on the spot.
// 2. Of all that is done on other disks, `mostFar` are under way at a time: each may hold a thread of Node's pool for ever, and the
//    others, of which there are four, are for the store and the near disk.
// 3. Bound: `mostKnown` folders are remembered; beyond that all are forgotten, and found again.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Pace } from '../../base/pace.ts';
import { elsewhere, onTheSpot, type FileCalls } from './file-calls.ts';

const quickMs = 1;
const mostKnown = 1_000;
const mostFar = 2;

export class NearDisk {
  private readonly storeFolder: string;
  private readonly near: FileCalls;
  /** Folders as messages name them, and where they lead. */
  private readonly known = new Map<string, string>();
  private farUnderWay = 0;
  /** Bound: as many as there are runs of file methods, which the flow bounds. */
  private readonly waiting: (() => void)[] = [];

  constructor({ storeFolder, clock }: { readonly storeFolder: string; readonly clock: Clock }) {
    this.storeFolder = storeFolder;
    this.near = onTheSpot(new Pace(clock, quickMs));
  }

  isNear(folder: string): boolean {
    return this.known.has(folder);
  }

  /** How to reach a file at this path, found in a folder that a message named so. */
  callsFor(folder: string, path: string): FileCalls {
    return this.known.get(folder) === dirname(path) ? this.near : elsewhere;
  }

  /** How to look for a file in a folder that a message names so. */
  callsIn(folder: string): FileCalls {
    return this.known.has(folder) ? this.near : elsewhere;
  }

  /** Called when a file has been found: `folder` is what the message named, `path` where that leads. */
  async learn(folder: string, path: string): Promise<void> {
    if (this.known.has(folder)) return;
    const [of, store] = await Promise.all([stat(dirname(path)), stat(this.storeFolder)]);
    if (of.dev !== store.dev) return;
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(folder, dirname(path));
  }

  /** Does something with files that are near or not, when it is its turn. It may not wait for anything that waits for its turn. */
  async reach<Value>(isNear: boolean, act: () => Promise<Value>): Promise<Value> {
    if (isNear) return act();
    if (this.farUnderWay >= mostFar) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.farUnderWay += 1;
    try {
      return await act();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.farUnderWay -= 1;
      else next();
    }
  }
}
