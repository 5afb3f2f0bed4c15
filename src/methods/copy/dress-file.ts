// Mode, owner and times of a copy, as far as this node may give them.
import type { FileHandle } from 'node:fs/promises';
import type { FileEntry } from './copy-words.ts';
import type { Owners } from './owners.ts';

type Dress = Pick<FileEntry, 'mode' | 'modified' | 'user' | 'group'>;

/** What of set-user-id and the like counts only with the owner that it was meant for. */
const plainBits = 0o777;

export async function dressFile(handle: FileHandle, dress: Dress, owners: Owners): Promise<void> {
  const owner = ownerOf(dress, owners);
  if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
  await handle.chmod(owner === undefined ? dress.mode & plainBits : dress.mode);
  const seconds = dress.modified / 1000;
  await handle.utimes(seconds, seconds);
}

/** Undefined where it becomes this node's own: only root gives files away, and only to whom this machine knows. */
function ownerOf({ user, group }: Dress, owners: Owners): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = [owners.users.get(user ?? ''), owners.groups.get(group ?? '')];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Of these, what is not kept, in words; undefined where all of it is. */
export function unkeptOwners(files: readonly Dress[], owners: Owners): string | undefined {
  const unkept = files.filter((file) => ownerOf(file, owners) === undefined);
  if (unkept.length === 0) return undefined;
  if (process.getuid?.() === 0) {
    const names = [...new Set(unkept.map(({ user = '?', group = '?' }) => `${user}:${group}`))];
    return `owners that are not known there: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  }
  const self = process.getuid?.();
  const isOwn = ({ user }: Dress): boolean => owners.users.get(user ?? '') === self;
  return unkept.every(isOwn) ? undefined : 'owners are not kept: the node that gets them does not run as root';
}
