// What an error says in one line, and which errors are of one kind. Pure.
import { createHash } from 'node:crypto';
import { maxErrorTextLength } from '../model/error-batch.ts';
import type { ErrorReport } from '../model/error-report.ts';

/** Of a value that was reported with it. */
const longestValue = 160;
const ownKeys: ReadonlySet<string> = new Set(['lane', 'id', 'hint']);

export interface Described {
  /** One line, with what was reported beside it: `a lane starts again (node ship1, reason …)`. */
  readonly text: string;
  /** The same of all errors of one kind: code, lane, the node that it is about, and the text without its changing parts. */
  readonly key: string;
}

export function describe(report: ErrorReport): Described {
  const { code, lane = '', data } = report;
  const pairs = Object.entries(data).flatMap(([key, value]) => (ownKeys.has(key) ? [] : valueText(key, value)));
  const line = oneLine(report.text.slice(0, 2 * maxErrorTextLength));
  const text = pairs.length === 0 ? line : `${line} (${pairs.map(([key, value]) => `${key} ${value}`).join(', ')})`;
  const steady = pairs.map(([key, value]) => `${key} ${key === 'node' ? value : withoutChanging(value)}`);
  return { text: cut(text, maxErrorTextLength), key: [code, lane, withoutChanging(line), ...steady].join('\n') };
}

function valueText(key: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
  return [[key, cut(oneLine(String(value).slice(0, 2 * longestValue)), longestValue)]];
}

/** Numbers, and words like ids: long ones that hold a digit. */
function withoutChanging(text: string): string {
  return text.replace(/(?=[A-Za-z_-]*\d)[\w-]{12,}/g, '#').replace(/\d+/g, '#');
}

/** Without what would begin another line, or steer whoever prints it. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A short name of a kind, for the row and on the wire. */
export function kindOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 16);
}

/** About the reporting of errors itself: it stays where it is, or errors about errors would loop. */
export function isAboutErrorLog({ lane, data }: ErrorReport): boolean {
  return data['method'] === 'errorLog' || /\berrorLog\b/.test(lane ?? '');
}
