// Reads the values of fields by kind. All throw `invalid-message` with the field's place.
import { describeValue, quote, refuse, valueOf, writtenName, type Given } from './given-fields.ts';
import type { FieldName } from './field-names.ts';
import { maxArgsBytes } from '../model/message.ts';
import { longestSpanMs, parseSpan, spanExamples } from '../base/span.ts';

const longestPath = 4096;
const longestDescription = 4096;
const mostRetries = 1_000_000;

const anySurrogate = /[\ud800-\udfff]/;
const loneSurrogate = /\p{Surrogate}/u;

/** The text, or undefined where it is absent or empty, which the original does not tell apart. */
export function readText(given: Given, name: FieldName): string | undefined {
  const value = valueOf(given, name);
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') refuse(given, name, { message: `${name} is text, not ${describeValue(value)}` });
  refuseBrokenText(given, name, value);
  return value;
}

export function readDescription(given: Given): string | undefined {
  const text = readText(given, 'description');
  if (text !== undefined && text.length > longestDescription) {
    return refuse(given, 'description', { message: `a description has at most ${longestDescription} characters` });
  }
  return text;
}

const longestKey = 100;

export function readKey(given: Given): string | undefined {
  const text = readText(given, 'key');
  if (text === undefined || text === '') return undefined;
  if (text.length > longestKey) return refuse(given, 'key', { message: `a key has at most ${longestKey} characters` });
  return text;
}

/** A folder or file name. That it stays inside the data folder is checked again where it is written. */
export function readPath(given: Given, name: 'directory' | 'fileName' | 'fileExtension'): string {
  const text = readText(given, name) ?? '';
  if (text.includes('\0')) refuse(given, name, { message: `${name} holds a NUL character` });
  if (text.length > longestPath) refuse(given, name, { message: `${name} has more than ${longestPath} characters` });
  if (text.split('/').includes('..')) {
    return refuse(given, name, {
      message: `${name} leads out of the data folder: ${quote(text)}`,
      hint: 'leave out the ".."',
    });
  }
  return text;
}

type ListField = 'methodArgs' | 'replyMethodArgs' | 'data' | 'onlyIf';

/** A list of text for a command line, of at most `maxArgsBytes`. Numbers and booleans become text as they are written. Undefined if absent. */
export function readArgs(given: Given, name: ListField): readonly string[] | undefined {
  const content = valueOf(given, name);
  if (content === undefined) return undefined;
  if (!Array.isArray(content)) {
    return refuse(given, name, {
      message: `${name} is a list of text, not ${describeValue(content)}`,
      hint: 'such as ["bash", "-c", "uptime"]',
    });
  }
  const list: readonly unknown[] = content;
  let written: readonly string[] | undefined;
  const args = list.map((value, element) => {
    if (typeof value === 'number' || typeof value === 'boolean') {
      written ??= given.source.written([given.index, writtenName(given, name)]);
      return written[element] ?? String(value);
    }
    if (typeof value !== 'string') {
      return refuse(given, name, { element, message: `an argument is text, not ${describeValue(value)}` });
    }
    if (value.includes('\0')) {
      return refuse(given, name, {
        element,
        message: 'an argument holds a NUL character, which no command can be given',
      });
    }
    refuseBrokenText(given, name, value);
    return value;
  });
  refuseLongArgs(given, name, args);
  return args;
}

/** Most are so short that they need not be written out to know it: JSON makes at most 6 bytes of a character, and 3 more for each text. */
export function refuseLongArgs(given: Given, name: FieldName, args: readonly string[]): void {
  const most = args.reduce((sum, arg) => sum + 6 * arg.length + 3, 2);
  if (most <= maxArgsBytes || Buffer.byteLength(JSON.stringify(args)) <= maxArgsBytes) return;
  refuse(given, name, {
    message: `${name} has more than ${maxArgsBytes / 1024} KiB as JSON`,
    hint: 'send a large file as data, with the method file, and name it in the arguments',
  });
}

/** A span in milliseconds, at most ten years; undefined if absent. `-1` is kept as it is where it means "no limit". */
export function readSpan(given: Given, name: FieldName, options: { unlimited?: boolean } = {}): number | undefined {
  const value = valueOf(given, name);
  if (value === undefined) return undefined;
  if (options.unlimited === true && (value === -1 || value === '-1')) return -1;
  const ms = parseSpan(value);
  if (ms !== undefined && ms >= 0 && ms <= longestSpanMs) return ms;
  return refuse(given, name, {
    message: `${name} cannot be ${describeValue(value)}`,
    hint: `${spanExamples}, at most ten years${options.unlimited === true ? '; -1 for no limit' : ''}`,
  });
}

/** How often to resend: a whole number, -1 for "until it expires"; undefined if absent. */
export function readRetries(given: Given, name: 'retries' | 'replyRetries'): number | undefined {
  const value = valueOf(given, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= -1 && value <= mostRetries) return value;
  return refuse(given, name, {
    message: `${name} cannot be ${describeValue(value)}`,
    hint: `a whole number from 0 to ${mostRetries}, or -1: until the message expires`,
  });
}

/** A whole number from 0; undefined if absent. */
export function readCount(given: Given, name: 'methodRetries' | 'priority', most: number): number | undefined {
  const value = valueOf(given, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  return refuse(given, name, {
    message: `${name} cannot be ${describeValue(value)}`,
    hint: `a whole number from 0 to ${most}`,
  });
}

export function readBoolean(given: Given, name: FieldName): boolean | undefined {
  const value = valueOf(given, name);
  if (value === undefined || typeof value === 'boolean') return value;
  return refuse(given, name, { message: `${name} is true or false, not ${describeValue(value)}` });
}

/** Half of a character pair would be sent as something else. */
export function refuseBrokenText(given: Given, name: FieldName, text: string): void {
  if (anySurrogate.test(text) && loneSurrogate.test(text)) {
    refuse(given, name, { message: `${name} holds half of a character (a lone surrogate)` });
  }
}
