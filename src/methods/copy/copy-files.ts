// One copy: asks the other node what is there, batch by batch, and sends the rest.
import type { Clock } from '../../base/clock.ts';
import { fileProblem } from '../../base/file-problem.ts';
import type { CopyWish } from '../../model/copy-args.ts';
import { describeError } from '../../model/error.ts';
import type { End } from '../long-result.ts';
import { look, write, type AskOther, type Target } from './ask-target.ts';
import { mostEntries, type Entry, type Looked } from './copy-words.ts';
import { findFiles, type Found, type FoundAll } from './find-files.ts';
import { readOwners, type Owners } from './owners.ts';
import type { Progress } from './progress.ts';
import { openSource, readPiece, readSourceFile, type SourceFile } from './source-file.ts';
import { Window } from './window.ts';

const mostRounds = 3;
/** Read for their sums before the other node is asked about them. */
const batchBytes = 256 * 1024 * 1024;

export interface CopyParts {
  readonly workFolder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly askOther: AskOther;
  /** How the requests of the copy go. */
  readonly like: Target['like'];
  readonly progress: Progress;
}

export class Copy {
  readonly problems: string[] = [];
  readonly notes = new Set<string>();
  private readonly wish: CopyWish;
  private readonly parts: CopyParts;
  private readonly target: Target;
  private readonly window: Window;
  private root: string | undefined;
  /** To be begun once more, by their paths in the copy. */
  private again = new Map<string, Found>();

  constructor(wish: CopyWish, parts: CopyParts) {
    this.wish = wish;
    this.parts = parts;
    const { askOther: ask, signal, like } = parts;
    this.target = { ask, to: wish.to, like, signal };
    this.window = new Window(parts.clock, wish.chunkBytes);
  }

  async run(): Promise<End> {
    const { workFolder, signal, progress } = this.parts;
    const found = await findFiles(this.wish.path, workFolder, signal);
    this.problems.push(...found.leftOut);
    progress.allFiles = found.all.length;
    progress.allBytes = found.all.reduce((sum, one) => sum + (one.kind === 'file' ? one.size : 0), 0);
    const owners = await readOwners();
    let round = found.all;
    for (let left = mostRounds; round.length > 0 && left > 0; left -= 1) {
      this.again = new Map();
      await this.copyAll({ ...found, all: round }, owners);
      round = [...this.again.values()];
    }
    for (const { path } of round) this.problems.push(`${path || this.wish.path}: it changes while it is copied`);
    if (this.problems.length === 0) return { state: 'succeeded' };
    const [first = ''] = this.problems;
    const count = this.problems.length === 1 ? '' : ` and ${this.problems.length - 1} more`;
    return { state: 'failed', reason: `not copied: ${first}${count}` };
  }

  private async copyAll(found: FoundAll, owners: Owners): Promise<void> {
    try {
      for (let at = 0; at < found.all.length;) {
        const batch = await this.readBatch(found.all, { at, owners });
        at += batch.taken;
        if (this.parts.signal.aborted) return;
        if (batch.entries.length > 0) await this.copyBatch(found, batch);
      }
    } finally {
      await this.window.empty();
    }
  }

  private async readBatch(
    all: readonly Found[],
    from: { readonly at: number; readonly owners: Owners },
  ): Promise<Batch> {
    const { signal } = this.parts;
    const entries: Entry[] = [];
    const files = new Map<Entry, ReadFile>();
    let [taken, bytes] = [0, 0];
    for (const one of all.slice(from.at, from.at + mostEntries)) {
      if (bytes > batchBytes || signal.aborted) break;
      taken += 1;
      if (one.kind !== 'file') {
        entries.push(one);
        continue;
      }
      try {
        const file = await readSourceFile(one, { owners: from.owners, signal });
        if (file === undefined) break;
        bytes += file.entry.size;
        entries.push(file.entry);
        files.set(file.entry, { file, found: one });
      } catch (error) {
        this.failed(one.path, fileProblem(error, one.at) ?? describeError(error));
      }
    }
    return { entries, files, taken };
  }

  private async copyBatch({ name, isFile }: FoundAll, { entries, files }: Batch): Promise<void> {
    const { folderMode } = this.wish;
    const looked = await look(this.target, {
      target: this.root ?? this.wish.target,
      name: this.root === undefined ? name : '',
      isFile,
      ...(folderMode === undefined ? {} : { folderMode }),
      entries,
    });
    this.root = looked.root;
    this.parts.progress.heard();
    for (const note of looked.notes ?? []) this.notes.add(note);
    for (const [index, entry] of entries.entries()) await this.goOn(entry, { looked, index, read: files.get(entry) });
  }

  private async goOn(entry: Entry, of: { looked: Looked; index: number; read: ReadFile | undefined }): Promise<void> {
    const { progress } = this.parts;
    const { looked, read } = of;
    const standing = looked.standings[of.index];
    if (typeof standing === 'object') return this.failed(entry.path, standing.problem);
    if (read === undefined || typeof standing !== 'number') {
      progress.files += 1;
      progress.bytes += read?.file.entry.size ?? 0;
      if (read !== undefined) progress.thereFiles += 1;
      return;
    }
    progress.bytes += standing;
    await this.send({ ...read, root: looked.root, from: standing });
  }

  /** Its pieces go one behind the other; those of the next file may leave before they are answered. */
  private async send(of: ReadFile & { root: string; from: number }): Promise<void> {
    const { file, found } = of;
    const { entry } = file;
    const { progress, signal } = this.parts;
    let isOver = false;
    let counted = of.from;
    const over = (why: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      progress.bytes -= counted;
      if (why === undefined) this.again.set(entry.path, found);
      else this.failed(entry.path, why);
    };
    const handle = await openSource(file.at).catch(() => undefined);
    if (handle === undefined) return over(undefined);
    try {
      for (let at = of.from, isFirst = true; !isOver && (isFirst || at < entry.size); isFirst = false) {
        const bytes = Math.min(this.window.chunkBytes, entry.size - at);
        await this.window.room(bytes);
        if (signal.aborted || isOver) return;
        const piece = await readPiece(handle, { file, from: at, bytes });
        if (piece === undefined) return over(undefined);
        const what = {
          root: of.root,
          file: entry,
          at,
          ...(this.wish.folderMode === undefined ? {} : { folderMode: this.wish.folderMode }),
        };
        const isLast = at + bytes >= entry.size;
        this.window.add(bytes, async () => {
          const end = await write(this.target, what, piece).catch((error: unknown) => ({
            problem: describeError(error),
          }));
          if (signal.aborted) return;
          if (typeof end === 'object') return over(end.problem);
          if (end === 'again') return over(undefined);
          progress.sent(bytes);
          if (isOver) return;
          progress.bytes += bytes;
          counted += bytes;
          if (isLast) progress.files += 1;
        });
        at += bytes;
      }
    } finally {
      await handle.close();
    }
  }

  private failed(path: string, why: string): void {
    this.problems.push(path === '' ? why : `${path}: ${why}`);
  }
}

interface ReadFile {
  readonly file: SourceFile;
  readonly found: Found;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly files: ReadonlyMap<Entry, ReadFile>;
  /** Of what was found. */
  readonly taken: number;
}
