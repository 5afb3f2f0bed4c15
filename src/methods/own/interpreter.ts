// Why a program that is there is said not to be found: the system means what is to run it.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** Undefined where its first line is not to blame. */
export function whyNoInterpreter(path: string): string | undefined {
  const [line = ''] = beginningOf(path).split('\n');
  const interpreter = /^#![ \t]*([^ \t\r]+)/.exec(line)?.[1];
  if (interpreter === undefined) return undefined;
  const name = basename(path);
  if (line.endsWith('\r')) return `the first line of ${name} ends with CR LF: end its lines with LF alone`;
  return existsSync(interpreter) ? undefined : `${interpreter}, which is to run ${name}, is not there`;
}

function beginningOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(256);
      return bytes.toString('latin1', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    // It is gone meanwhile.
    return '';
  }
}
