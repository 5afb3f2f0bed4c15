// What the system tells of the machine, the node and its data folder.
import { statfs } from 'node:fs/promises';
import {
  arch,
  availableParallelism,
  freemem,
  hostname,
  networkInterfaces,
  platform,
  release,
  totalmem,
  uptime,
} from 'node:os';
import type { Clock, Timers } from '../../base/clock.ts';
import { within } from '../../base/within.ts';
import { describeError } from '../../model/error.ts';
import { sorted, type FactTable, type FactValue } from './fact-value.ts';

export interface AboutNode {
  readonly nodeName: string;
  readonly groups: readonly string[];
  /** Of Steward. */
  readonly version: string;
  readonly dataFolder: string;
  /** Of the clock's monotonic time. */
  readonly startedAt: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** A file system whose server is away answers after minutes, or never. */
const diskMs = 1_000;

/** `problems`: by the name of the fact that is missing. */
export interface Facts {
  readonly facts: FactTable;
  readonly problems: Readonly<Record<string, string>>;
}

/** Never rejects: what the system does not tell is missing. */
export async function systemFacts(of: AboutNode, diskOf: () => Promise<Disk>): Promise<Facts> {
  const disk = await diskOf();
  const asked: Readonly<Record<string, () => FactValue>> = {
    addresses,
    architecture: arch,
    groups: () => of.groups,
    hostName: hostname,
    memory: () => ({ free: freemem(), size: totalmem() }),
    name: () => of.nodeName,
    processors: availableParallelism,
    release,
    system: platform,
    uptime: () => ({ machine: Math.floor(uptime()), node: secondsSince(of) }),
    versions: () => ({ node: process.versions.node, steward: of.version }),
  };
  const facts: (readonly [string, FactValue])[] = 'problem' in disk ? [] : [['disk', disk]];
  const problems: Record<string, string> = 'problem' in disk ? { disk: disk.problem } : {};
  for (const [name, ask] of Object.entries(asked)) {
    try {
      facts.push([name, ask()]);
    } catch (error) {
      problems[name] = describeError(error);
    }
  }
  return { facts: sorted(facts), problems };
}

function secondsSince({ clock, startedAt }: AboutNode): number {
  return Math.floor((clock.monotonic() - startedAt) / 1000);
}

/** Of all interfaces but the loopback. */
function addresses(): FactValue {
  const found = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return [...new Set(found.filter(({ internal }) => !internal).map(({ address }) => address))].sort();
}

type Disk = { readonly free: number; readonly size: number } | { readonly problem: string };

/**
 * Bytes: of the file system of the data folder, and what is free there for this user. While it does not answer it is not asked again: each question
 * would hold a thread.
 */
export function createDisk({ dataFolder, timers }: Pick<AboutNode, 'dataFolder' | 'timers'>): () => Promise<Disk> {
  const late: Disk = { problem: `the file system did not answer within ${diskMs} ms` };
  let asked: Promise<Disk> | undefined;
  const ask = async (): Promise<Disk> => {
    try {
      const { bavail, blocks, bsize } = await statfs(dataFolder);
      return { free: bavail * bsize, size: blocks * bsize };
    } catch (error) {
      return { problem: describeError(error) };
    } finally {
      asked = undefined;
    }
  };
  return async () => {
    let answer: Disk = late;
    asked ??= ask();
    await within(
      timers,
      diskMs,
      asked.then((disk) => (answer = disk)),
    );
    return answer;
  };
}
