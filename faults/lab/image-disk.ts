// A disk that can lose its power: an ext4 file system in an image file, mounted through a loop device.
//
// Job: shows a node what a disk would hold if the power had gone at this moment. From: the power cut. To: mount.
// 1. The image holds only what ext4 has handed to its device. What a process wrote and did not sync still lies in the page cache of the
//    mounted file system, and is not in a copy of the image.
// 2. What the device was handed counts as kept: that a drive loses or reorders what lies in its own cache is not shown.
// 3. The copy is mounted in the place of the original, so that ext4 replays its journal as after a power cut.
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../test/support/wait-for.ts';
import { runTool } from './run-tool.ts';

export interface ImageDisk {
  readonly folder: string;
  /** What is on the disk at this moment, beside it. */
  copy(): void;
  /** The copy takes the place of the disk. Nobody may use the disk. */
  swap(): Promise<void>;
  close(): Promise<void>;
}

const megabytes = 48;

export function openImageDisk(folder: string): ImageDisk {
  const image = `${folder}.img`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1024 * 1024);
  runTool('mkfs.ext4', '-q', '-F', image);
  const mount = (): unknown => runTool('mount', '-o', 'loop,noatime', image, folder);
  const unmount = (): Promise<unknown> =>
    waitFor(`${folder} to be free`, () => {
      runTool('umount', folder);
      return true;
    });
  mount();
  return {
    folder,
    copy: () => copyFileSync(image, `${image}.copy`),
    async swap() {
      await unmount();
      renameSync(`${image}.copy`, image);
      mount();
    },
    async close() {
      await unmount();
      rmSync(image);
    },
  };
}

/** Why there can be none on this machine, if so. */
export function imageDiskObstacle(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'steward-disk-'));
  try {
    const image = join(folder, 'try.img');
    writeFileSync(image, '');
    truncateSync(image, 4 * 1024 * 1024);
    runTool('mkfs.ext4', '-q', '-F', image);
    mkdirSync(join(folder, 'try'));
    runTool('mount', '-o', 'loop', image, join(folder, 'try'));
    runTool('umount', join(folder, 'try'));
    return undefined;
  } catch (error) {
    return `needs root, ext4 and a loop device (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
