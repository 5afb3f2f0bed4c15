// Owners of files by name: the same number is somebody else on another machine.
//
// Read from /etc/passwd and /etc/group: who is known there is known to every program. People of LDAP are not, and are told as unknown.
import { readFile } from 'node:fs/promises';

/** A file that is longer is no list of this machine's own people. */
const longestBytes = 4 * 1024 * 1024;

export interface Owners {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

export async function readOwners(): Promise<Owners> {
  const [users, groups] = await Promise.all([numbersIn('/etc/passwd'), numbersIn('/etc/group')]);
  return { users, groups };
}

export function nameOf(numbers: ReadonlyMap<string, number>, wanted: number): string | undefined {
  for (const [name, number] of numbers) if (number === wanted) return name;
  return undefined;
}

async function numbersIn(path: string): Promise<ReadonlyMap<string, number>> {
  let text: string;
  try {
    text = (await readFile(path)).subarray(0, longestBytes).toString();
  } catch {
    // A container may have none: then nobody is known.
    return new Map();
  }
  const lines = text.split('\n').map((line) => line.split(':'));
  return new Map(
    lines.flatMap(([name = '', , number = '']) =>
      name !== '' && name.length <= 64 && /^\d+$/.test(number) ? [[name, Number(number)] as const] : [],
    ),
  );
}
