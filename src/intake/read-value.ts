// Reads the values of fields by kind. All throw `invalid-message` with the field's place.
import { describeValue, quote, refuse, valueOf, writtenName, type Given } from './given-fields.ts';
import type { CountKind, PathKind, SpanKind, TextKind } from './fields/field-definition.ts';
import { fields, type FieldName, type FieldOf } from './fields/fields.ts';
import { maxArgsBytes } from '../model/message.ts';
import { parseSpan, spanExamples } from '../base/span.ts';

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

/** A text that may not be too long. */
export function readShortText(given: Given, name: FieldOf<'text' | 'cron' | 'zone'>): string | undefined {
  const { longest }: Pick<TextKind, 'longest'> = fields[name];
  const text = readText(given, name);
  if (text === undefined || text.length <= longest) return text;
  return refuse(given, name, { message: `a ${name} has at most ${longest} characters` });
}

/** A folder or file name; empty if absent. That it stays inside the data folder is checked again where it is written. */
export function readPath(given: Given, name: FieldOf<'path'>): string {
  const { longest, inside }: PathKind = fields[name];
  const text = readText(given, name) ?? '';
  if (text.includes('\0')) refuse(given, name, { message: `${name} holds a NUL character` });
  if (text.length > longest) refuse(given, name, { message: `${name} has more than ${longest} characters` });
  if (inside && text.split('/').includes('..')) {
    return refuse(given, name, {
      message: `${name} leads out of the data folder: ${quote(text)}`,
      hint: 'leave out the ".."',
    });
  }
  return text;
}

/** One of a few words, in any case. */
export function readChoice<Name extends FieldOf<'choice'>>(
  given: Given,
  name: Name,
): (typeof fields)[Name]['allowed'][number] | undefined {
  const { allowed } = fields[name];
  const text = readText(given, name);
  if (text === undefined) return undefined;
  const wanted = text.toLowerCase();
  return (
    allowed.find((word) => word === wanted) ??
    refuse(given, name, { message: `${name} cannot be ${quote(text)}`, hint: allowed.join(' or ') })
  );
}

/** A list of text for a command line, of at most `maxArgsBytes`. Numbers and booleans become text as they are written. Undefined if absent. */
export function readArgs(
  given: Given,
  name: FieldOf<'arguments' | 'condition'> | 'data',
): readonly string[] | undefined {
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

/** A span in milliseconds; undefined if absent. A special value (-1, "no limit") is kept as it is. */
export function readSpan(given: Given, name: FieldOf<'span'>): number | undefined {
  const value = valueOf(given, name);
  if (value === undefined) return undefined;
  const { mostMs, special }: SpanKind = fields[name];
  if (special !== undefined && (value === special.value || value === String(special.value))) return special.value;
  const ms = parseSpan(value);
  if (ms !== undefined && ms >= 0 && ms <= mostMs) return ms;
  return refuse(given, name, {
    message: `${name} cannot be ${describeValue(value)}`,
    hint: `${spanExamples}, at most ten years${special === undefined ? '' : `; ${special.value} for ${special.meaning}`}`,
  });
}

/** A whole number; undefined if absent. */
export function readCount(given: Given, name: FieldOf<'count'>): number | undefined {
  const value = valueOf(given, name);
  if (value === undefined) return undefined;
  const { least, most, special }: CountKind = fields[name];
  if (typeof value === 'number' && Number.isInteger(value)) {
    if ((value >= least && value <= most) || value === special?.value) return value;
  }
  return refuse(given, name, {
    message: `${name} cannot be ${describeValue(value)}`,
    hint: `a whole number from ${least} to ${most}${special === undefined ? '' : `, or ${special.value}: ${special.meaning}`}`,
  });
}

export function readBoolean(given: Given, name: FieldOf<'boolean'>): boolean | undefined {
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
