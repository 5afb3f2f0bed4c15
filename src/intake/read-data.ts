// The body of a message: text, pieces of text, bytes as numbers (as ctrl wrote them), or base64.
import { describeValue, refuse, valueOf, type Given } from './given-fields.ts';
import { refuseBrokenText } from './read-value.ts';

const forms = 'text, a list of text, or {"base64": "…"}';
const nothing = new Uint8Array(0);

/** `stdin` is `data` by another name, for a command. */
export function bodyField(given: Given): 'data' | 'stdin' {
  const stdin = valueOf(given, 'stdin');
  if (stdin === undefined || stdin === '') return 'data';
  if (valueOf(given, 'data') !== undefined && valueOf(given, 'data') !== '')
    return refuse(given, 'stdin', { message: 'stdin and data are the same', hint: 'leave one of them out' });
  return 'stdin';
}

/** Empty if absent. Pieces of a list follow each other without anything between them. */
export function readData(given: Given, field: 'data' | 'stdin' = 'data'): Uint8Array {
  const value = valueOf(given, field);
  if (value === undefined || value === '') return nothing;
  if (typeof value === 'string') {
    refuseBrokenText(given, field, value);
    return Buffer.from(value);
  }
  if (Array.isArray(value)) return readPieces(given, field, value);
  if (typeof value === 'object' && value !== null) return readBase64(given, field, value);
  return refuse(given, field, { message: `${field} is ${forms}, not ${describeValue(value)}` });
}

/** Whether `data` is what arguments were before `methodArgs` existed: a list of text. */
export function isOldArgs(given: Given): boolean {
  const value = valueOf(given, 'data');
  return Array.isArray(value) && value.every((piece) => typeof piece === 'string');
}

function readPieces(given: Given, field: 'data' | 'stdin', pieces: readonly unknown[]): Uint8Array {
  if (pieces.every(isByte)) return Uint8Array.from(pieces);
  const texts = pieces.map((piece, element) => {
    if (typeof piece === 'string') return piece;
    return refuse(given, field, { element, message: `a piece of ${field} is text, not ${describeValue(piece)}` });
  });
  const text = texts.join('');
  refuseBrokenText(given, field, text);
  return Buffer.from(text);
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function readBase64(given: Given, field: 'data' | 'stdin', value: object): Uint8Array {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0 || entry[0].toLowerCase() !== 'base64' || typeof entry[1] !== 'string') {
    return refuse(given, field, { message: `${field} is ${forms}, not another object` });
  }
  const text = entry[1].replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    return refuse(given, field, { message: `${field}.base64 is not base64`, hint: 'as the program base64 writes it' });
  }
  return Buffer.from(text, 'base64');
}
