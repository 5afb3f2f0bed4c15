// Reads the lines of a file from a place on, as far as it goes at this moment.
//
// 1. Memory holds a piece of the file and one line, however long the file is.
// 2. A line is told when it is whole: what comes after the last line end stays for the next time.
import type { OpenFile } from './log-disk.ts';

const pieceBytes = 256 * 1024;
/** Longer than any line that is written; what is longer is damage, and left out. */
const longestLineBytes = 8 * 1024 * 1024;
const lineEnd = 10;

export class FileLines {
  private readonly file: OpenFile;
  private readonly piece = Buffer.allocUnsafe(pieceBytes);
  private position = 0;
  private rest: Buffer[] = [];
  private restBytes = 0;

  constructor(file: OpenFile) {
    this.file = file;
  }

  /** Behind the last whole line. */
  get end(): number {
    return this.position - this.restBytes;
  }

  /**
   * The whole lines of the next piece, each with its line end, as one text; none of it where nothing in it can be what is looked for.
   * Undefined at the end of the file.
   */
  async next(sought?: string): Promise<string | undefined> {
    const bytes = await this.file.read(this.piece, this.position);
    if (bytes === 0) return undefined;
    this.position += bytes;
    const found = this.piece.subarray(0, bytes);
    const last = found.lastIndexOf(lineEnd);
    if (last < 0) {
      this.keep(found);
      return '';
    }
    const lines = Buffer.concat([...this.rest, found.subarray(0, last + 1)]);
    this.rest = [];
    this.restBytes = 0;
    this.keep(found.subarray(last + 1));
    return sought === undefined || lines.includes(sought) ? lines.toString() : '';
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.restBytes += bytes.length;
    if (this.restBytes > longestLineBytes) this.rest = [];
    else this.rest.push(Buffer.from(bytes));
  }
}

/** Texts of lines, without the line ends and without empty ones. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
