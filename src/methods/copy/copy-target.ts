// The method `copyDst`: the end of a copy that gets the files.
//
// Job: says what of them is there already, makes folders and links, and writes pieces. From: create-methods.ts. To: the file system.
// 1. A second run of the same message changes nothing: pieces have their places, and a file that is whole is left alone.
// 2. Room is looked for before anything is sent: what does not fit is told at once.
// 3. Nothing leads out of the folder of the copy but a link that was there before, or was copied.
// 4. What a stop of the node interrupts has no answer: it runs again in the next life.
import { lstat, mkdir, readlink, rename, rm, statfs, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileProblem } from '../../base/file-problem.ts';
import type { Clock } from '../../base/clock.ts';
import { decode } from '../../base/decode.ts';
import { describeError } from '../../model/error.ts';
import type { Message } from '../../model/message.ts';
import { inputId } from '../../model/input-name.ts';
import type { Inputs } from '../input/inputs.ts';
import type { RunRequest, RunResult, RunStop } from '../run.ts';
import { failed, succeeded } from '../result.ts';
import { startSpan } from '../span.ts';
import {
  lookSchema,
  writeSchema,
  type Entry,
  type FileEntry,
  type Look,
  type Looked,
  type Standing,
  type Write,
} from './copy-words.ts';
import { unkeptOwners } from './dress-file.ts';
import { readOwners } from './owners.ts';
import { dropOtherParts, dropPart, isThere, linkPath, partLength, writePart } from './part-file.ts';

export interface TargetOptions {
  readonly workFolder: string;
  readonly inputs: Pick<Inputs, 'expect'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const usualFolderMode = 0o755;
const ownFolder = 0o700;
/** Left free, for the node itself. */
const spareBytes = 16 * 1024 * 1024;

export async function runCopyTarget(request: RunRequest, options: TargetOptions): Promise<RunResult> {
  const result = await answer(request, options);
  const { signal } = options;
  return signal.aborted ? { ...result, retry: (signal.reason as RunStop).reason } : result;
}

async function answer({ message, body }: RunRequest, options: TargetOptions): Promise<RunResult> {
  const span = startSpan(options.clock);
  const fail = (reason: string, words?: object): RunResult => {
    const { outcome } = failed(span(), { reason });
    const stdout = words === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(words));
    return { outcome: { ...outcome, stdoutBytes: stdout.length }, stdout, stderr: new Uint8Array(0) };
  };
  const [verb, what = ''] = message.args;
  try {
    if (verb === 'look' || verb === 'input') {
      const told = decode(lookSchema, Buffer.from(body).toString());
      const look = verb === 'look' || told === undefined ? told : await asInput(told, message, options.inputs);
      if (look === undefined) return fail('it does not say what is copied');
      return succeeded(span(), Buffer.from(JSON.stringify(await lookAt(look, options))));
    }
    const write = verb === 'write' ? decode(writeSchema, what) : undefined;
    if (write === undefined) return fail(`copyDst knows no ${JSON.stringify(verb)} like this`);
    const written = await writeOne(write, { ...options, bytes: body });
    if (written === 'written') return succeeded(span());
    if ('problem' in written) return fail(written.problem);
    return fail(`of ${write.file.path} only ${written.have} bytes are there`, written);
  } catch (error) {
    return fail(describeError(error));
  }
}

/** The path of what is copied for a command of the same sender. */
async function asInput(
  look: Look,
  { from, expiresMs }: Message,
  inputs: TargetOptions['inputs'],
): Promise<Look | undefined> {
  const id = inputId(look.target);
  if (id === undefined || !look.isFile) return undefined;
  return { ...look, target: await inputs.expect({ from, id }, expiresMs) };
}

async function lookAt(look: Look, options: TargetOptions): Promise<Looked> {
  const root = await rootOf(look, options.workFolder);
  const ahead = { root, folderMode: look.folderMode ?? usualFolderMode, signal: options.signal };
  if (!look.isFile) await mkdir(root, { recursive: true, mode: ahead.folderMode });
  await dropOthers(look.entries, root);
  const standings: Standing[] = [];
  for (const entry of look.entries) standings.push(await standingOf(entry, ahead));
  const files = look.entries.filter((entry) => entry.kind === 'file');
  const note = unkeptOwners(files, await readOwners());
  const fitting = await refuseWithoutRoom(look.entries, { root, standings });
  return { root, standings: fitting, ...(note === undefined ? {} : { notes: [note] }) };
}

/** A folder that ends with `/`, or that is there where one file comes, is one that it goes into. */
async function rootOf({ target, name, isFile }: Look, workFolder: string): Promise<string> {
  const path = resolve(workFolder, target);
  const goesInto = target.endsWith('/') || (isFile && (await lstatOr(path))?.isDirectory() === true);
  return goesInto && name !== '' ? join(path, basename(name)) : path;
}

interface Ahead {
  readonly root: string;
  readonly folderMode: number;
  readonly signal: AbortSignal;
}

/** Deeper ones are no folders that anybody has made, and each level costs a look. */
const deepestPath = 100;

async function standingOf(entry: Entry, { root, folderMode, signal }: Ahead): Promise<Standing> {
  const path = join(root, entry.path);
  if (entry.path.split('/').length > deepestPath) return { problem: `more than ${deepestPath} folders deep` };
  try {
    if (entry.kind === 'folder') {
      // What lies in it has to be written, too.
      await mkdir(path, { recursive: true, mode: entry.mode | ownFolder });
      return 'whole';
    }
    await mkdir(dirname(path), { recursive: true, mode: folderMode });
    if (entry.kind === 'link') return await makeLink(path, entry.target);
    if ((await lstatOr(path))?.isDirectory() === true) return { problem: `${path} is a folder` };
    if (await isThere(path, { file: entry, signal })) {
      await dropPart(path, entry);
      return 'whole';
    }
    return await partLength(path, entry);
  } catch (error) {
    return { problem: fileProblem(error, path) ?? describeError(error) };
  }
}

async function makeLink(path: string, target: string): Promise<Standing> {
  const there = await lstatOr(path);
  if (there?.isSymbolicLink() === true && (await readlink(path)) === target) return 'whole';
  if (there?.isDirectory() === true) return { problem: `${path} is a folder` };
  const made = linkPath(path);
  await rm(made, { force: true });
  await symlink(target, made);
  await rename(made, path);
  return 'whole';
}

async function dropOthers(entries: readonly Entry[], root: string): Promise<void> {
  const folders = new Map<string, Map<string, FileEntry>>();
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const path = join(root, entry.path);
    const files = folders.get(dirname(path)) ?? new Map<string, FileEntry>();
    folders.set(dirname(path), files.set(path, entry));
  }
  for (const [folder, files] of folders) await dropOtherParts(folder, files);
}

/** Of a part what is there has its room. */
async function refuseWithoutRoom(
  entries: readonly Entry[],
  { root, standings }: { readonly root: string; readonly standings: readonly Standing[] },
): Promise<Standing[]> {
  const folder = (await lstatOr(root))?.isDirectory() === true ? root : dirname(root);
  const disk = await statfs(folder).catch(() => undefined);
  // What has no size, as /proc, says by itself what it does not take.
  let free = disk === undefined || disk.blocks === 0 ? Infinity : disk.bavail * disk.bsize - spareBytes;
  return standings.map((standing, index) => {
    const entry = entries[index];
    if (entry?.kind !== 'file' || typeof standing !== 'number') return standing;
    const wanted = entry.size - standing;
    if (wanted > free)
      return {
        problem: `no room: ${wanted} bytes are wanted, and ${Math.max(0, free)} are free but for the ${spareBytes} that are kept for the node`,
      };
    free -= wanted;
    return standing;
  });
}

async function writeOne(
  { root, file, at, folderMode }: Write,
  options: TargetOptions & { readonly bytes: Uint8Array },
): Promise<Awaited<ReturnType<typeof writePart>>> {
  const path = join(resolve(options.workFolder, root), file.path);
  const { bytes, signal } = options;
  if (bytes.length > file.size - at) return { problem: 'a piece reaches behind the end of its file' };
  try {
    if (at === 0) await mkdir(dirname(path), { recursive: true, mode: folderMode ?? usualFolderMode });
    return await writePart(path, { file, at, bytes, signal });
  } catch (error) {
    return { problem: fileProblem(error, path) ?? describeError(error) };
  }
}

async function lstatOr(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch {
    // Whatever keeps it from being looked at keeps it from being written, and is told then.
    return undefined;
  }
}
