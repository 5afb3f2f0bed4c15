// Looks at a store that nobody has open yet: is it what was written?
//
// 1. Nothing of it is changed, but the sums, where there are none to be believed.
// 2. A log that ends before what is known to have been written has lost its end. If nothing behind that has been moved into the
//    database, the store is an older one, and whole; else it is neither.
// 3. A log that is gone, or has begun anew before it was settled, was moved by a program that knows nothing of the sums, or deleted:
//    the sums tell nothing any more. What was not settled may be lost, unless the page that was written last is in the database.
// 4. A page that the log has cut off since it was summed is not judged: the pass that was to move it may have been killed before.
import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readSync } from 'node:fs';
import { pageSum, readLog, saltBytes, type LogContents, type LogMark } from './log-format.ts';
import { LoggedPages } from './logged-pages.ts';
import { PageSums, type OnForgotten } from './page-sums.ts';
import { corrupt } from './store-error.ts';

export interface Examined {
  readonly sums: PageSums;
  /** It lacks some of what had been written last. */
  readonly isShortened: boolean;
}

interface Log extends LogContents {
  /** Be it readable or not. */
  readonly isThere: boolean;
}

const noLog: Log = {
  salt: Buffer.alloc(saltBytes),
  frames: 0,
  page: 0,
  sum: 0,
  pages: new LoggedPages(),
  isThere: false,
};
const pageSizeAt = 16;
const smallestPage = 512;
const largestPage = 65_536;

/** Throws `store-corrupt`. */
export function examine(path: string, onForgotten: OnForgotten): Examined {
  const sums = new PageSums(path, onForgotten);
  try {
    return { sums, isShortened: compare(path, sums) === 'shortened' };
  } catch (error) {
    sums.close();
    throw error;
  }
}

type Verdict = 'whole' | 'shortened';

function compare(path: string, sums: PageSums): Verdict {
  return withFile(path, (database) => {
    if (database !== undefined) return withFile(`${path}-wal`, (log) => compareFiles(path, { sums, database, log }));
    sums.begin();
    return 'whole';
  });
}

/** And settles what is in the log: whoever closes the database next moves it. */
function compareFiles(path: string, of: { sums: PageSums; database: number; log: number | undefined }): Verdict {
  const { sums, database } = of;
  const log = of.log === undefined ? noLog : { ...readLog(of.log), isThere: fstatSync(of.log).size > 0 };
  const pageBytes = pageBytesOf(database);
  const found = sums.hold() ? judgeLog(path, sums, log) : 'unknown';
  // Another program that has moved all that was written has lost nothing.
  const mayLack = found === 'moved by another' && !holdsLast(database, { pageBytes, written: sums.read('written') });
  if (found === 'unknown' || found === 'moved by another') sums.adopt(database, { pageBytes, mayLack });
  else {
    const [page] = sums.differing(database, pageBytes, (number) => number > log.pages.fewest || log.pages.has(number));
    if (page !== undefined) {
      const more = `; if you have changed it yourself, remove ${path}-sum`;
      throw corrupt(path, `its page ${page} is not what was written there`, more);
    }
  }
  const verdict = mayLack || found === 'shortened' ? 'shortened' : 'whole';
  // Of a loss the mark stays, until the store itself says so.
  if (of.log !== undefined && log.frames > 0) {
    fdatasyncSync(of.log);
    if (verdict === 'whole') sums.markWritten(log);
    sums.settle(log);
  }
  return verdict;
}

function holdsLast(
  database: number,
  { pageBytes, written }: { readonly pageBytes: number; readonly written: LogMark | undefined },
): boolean {
  if (written === undefined || written.page === 0) return false;
  const page = Buffer.alloc(pageBytes);
  return (
    readSync(database, page, 0, pageBytes, (written.page - 1) * pageBytes) === pageBytes &&
    pageSum(page) === written.sum
  );
}

function judgeLog(path: string, sums: PageSums, log: Log): Verdict | 'moved by another' {
  const settled = sums.read('settled');
  const settledOf = (salt: Buffer): number => (settled?.salt.equals(salt) === true ? settled.frames : 0);
  const endsEarly = (salt: Buffer): 'shortened' => {
    if (log.frames >= settledOf(salt)) return 'shortened';
    throw corrupt(
      path,
      `its log ends after ${log.frames} pages, and ${settledOf(salt)} may be in the database already`,
    );
  };
  if (log.frames < settledOf(log.salt)) return endsEarly(log.salt);
  const written = sums.read('written');
  if (written === undefined) return 'whole';
  if (written.salt.equals(log.salt)) return log.frames < written.frames ? 'shortened' : 'whole';
  if (settledOf(written.salt) >= written.frames) return 'whole';
  // The head of a log that somebody has moved is either gone, or a new one.
  return log.isThere && log.salt.equals(noLog.salt) ? endsEarly(written.salt) : 'moved by another';
}

/** Where the file does not say it rightly, another size than that of its pages: then none of them is as it was. */
function pageBytesOf(database: number): number {
  const head = Buffer.alloc(2);
  readSync(database, head, 0, head.length, pageSizeAt);
  const found = head.readUInt16BE(0);
  return found >= smallestPage ? found : largestPage;
}

function withFile<Result>(path: string, use: (fd: number | undefined) => Result): Result {
  if (!existsSync(path)) return use(undefined);
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
