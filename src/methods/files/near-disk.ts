// Which folders lie on the disk of the store, and which calls are good enough for them.
//
// Job: the node waits for the disk of its store anyway, so calls to that disk may be made on the spot. Any other one (a network file
//      system, a stick) may hang for ever, and only those who write to it may hang with it.
// 1. A folder is found to be near by calls made elsewhere; only then calls are made on the spot.
// 2. Bound: `mostKnown` folders are remembered; beyond that all are forgotten, and found again.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Pace } from '../../base/pace.ts';
import { elsewhere, onTheSpot, type FileCalls } from './file-calls.ts';

const quickMs = 1;
const mostKnown = 1_000;

export class NearDisk {
  private readonly storeFolder: string;
  private readonly near: FileCalls;
  /** Folders as messages name them, and as they are. */
  private known = new Set<string>();

  constructor({ storeFolder, clock }: { readonly storeFolder: string; readonly clock: Clock }) {
    this.storeFolder = storeFolder;
    this.near = onTheSpot(new Pace(clock, quickMs));
  }

  /** How to reach a file below this folder. */
  callsFor(folder: string): FileCalls {
    return this.known.has(folder) ? this.near : elsewhere;
  }

  /** Called when a file has been found: `folder` is what the message named, `path` where that leads. */
  async learn(folder: string, path: string): Promise<void> {
    if (this.known.has(folder)) return;
    const [of, store] = await Promise.all([stat(dirname(path)), stat(this.storeFolder)]);
    if (of.dev !== store.dev) return;
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.add(folder);
  }
}
