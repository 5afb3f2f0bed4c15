// Reads what `journalctl --output=json` writes: one entry a line, with the cursor by which it is found again.
//
// Bound: a line of more than `longestLine` bytes is not held, and is told of.
import type { JournalWish } from '../../model/syslog-args.ts';

const longestLine = 1024 * 1024;

export interface JournalText {
  readonly text: Buffer;
  /** Behind it; absent for what is no entry. */
  readonly cursor?: string;
  /** It is about the journal, and not of it. */
  readonly isWord?: true;
}

export class JournalEntries {
  readonly #format: JournalWish['format'];
  #rest: Buffer[] = [];
  #held = 0;
  #isTooLong = false;

  constructor(format: JournalWish['format']) {
    this.#format = format;
  }

  /** The entries that are whole by these bytes. */
  add(bytes: Uint8Array): readonly JournalText[] {
    const entries: JournalText[] = [];
    let left = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let end = left.indexOf(10); end >= 0; end = left.indexOf(10)) {
      this.#hold(left.subarray(0, end));
      entries.push(...this.#take());
      left = left.subarray(end + 1);
    }
    this.#hold(left);
    return entries;
  }

  #hold(bytes: Buffer): void {
    if (this.#held + bytes.length > longestLine) this.#isTooLong = true;
    if (bytes.length === 0 || this.#isTooLong) return;
    this.#rest.push(Buffer.from(bytes));
    this.#held += bytes.length;
  }

  #take(): readonly JournalText[] {
    const line = Buffer.concat(this.#rest);
    const isTooLong = this.#isTooLong;
    [this.#rest, this.#held, this.#isTooLong] = [[], 0, false];
    if (isTooLong)
      return [
        word(
          `an entry of the journal of more than ${longestLine} bytes is left out, it begins: ${line.toString().slice(0, 100)}`,
        ),
      ];
    return line.length === 0 ? [] : [entryOf(line, this.#format)];
  }
}

function word(text: string): JournalText {
  return { text: Buffer.from(`steward: ${text}\n`), isWord: true };
}

function entryOf(line: Buffer, format: JournalWish['format']): JournalText {
  const entry = fieldsOf(line.toString());
  if (entry === undefined) return word(`journalctl wrote what is no entry: ${line.toString().slice(0, 200)}`);
  const cursor = entry['__CURSOR'];
  const text = format === 'json' ? line.toString() : textOf(entry);
  return { text: Buffer.from(`${text}\n`), ...(typeof cursor === 'string' ? { cursor } : {}) };
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
    return entry as Readonly<Record<string, unknown>>;
  } catch {
    // It is told of as what it is.
    return undefined;
  }
}

/** As daemons of syslog write it: one line, a control character within by its number. */
function textOf(entry: Readonly<Record<string, unknown>>): string {
  const at = Number(entry['__REALTIME_TIMESTAMP']);
  const time = at > 0 && at < 8.64e18 ? new Date(at / 1000).toISOString() : '-';
  const name = fieldText(entry['SYSLOG_IDENTIFIER'] ?? entry['_COMM']) || '-';
  const pid = fieldText(entry['SYSLOG_PID'] ?? entry['_PID']);
  const host = fieldText(entry['_HOSTNAME']) || '-';
  return escaped(`${time} ${host} ${name}${pid === '' ? '' : `[${pid}]`}: ${fieldText(entry['MESSAGE'])}`);
}

/** Text, bytes that are none as a list of numbers, or several of these where the field is there more than once. */
function fieldText(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || depth > 1) return '';
  if (value.every((one) => typeof one === 'number')) return Buffer.from(value).toString();
  return value.map((one) => fieldText(one, depth + 1)).join(' ');
}

// Control characters but the tab.
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

function escaped(text: string): string {
  return text.replace(control, (char) => `#${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
