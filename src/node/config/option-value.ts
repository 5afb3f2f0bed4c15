// From what was given for an option to its value, or to what is wrong with it.
import { formatSpan, parseSpan, spanExamples } from '../../base/span.ts';
import { readHttpPostArgs } from '../../model/http-post-args.ts';
import { everyNode, maxGroupCharacters, maxGroups } from '../../model/group.ts';
import { isNodeName, parseNodeName } from '../../model/node-name.ts';
import { StewardError } from '../../model/error.ts';
import { addressExamples, parseBrokerAddresses } from './broker-address.ts';
import type { ConfigOption } from './options.ts';

/** Text, a number (count, milliseconds, bytes), or the list of addresses, groups or paths. */
export type OptionValue = string | number | readonly string[];

const mostPaths = 100;

export type ReadValue =
  | { readonly value: OptionValue }
  /** `allowed` says in words what would do. */
  | { readonly problem: string; readonly allowed: string };

/** `raw` is text from a flag or the environment, or whatever TOML has. An empty text is "not set", where that is possible. */
export function readOption(option: ConfigOption, raw: unknown): ReadValue {
  if (raw === '' && option.default === '' && option.type !== 'nodeName') return { value: '' };
  switch (option.type) {
    case 'text':
    case 'path':
      return typeof raw === 'string' && raw !== '' && !raw.includes('\0') ? { value: raw } : wrong(option, raw);
    case 'url':
      return readUrl(option, raw);
    case 'paths':
      return readPaths(option, raw);
    case 'nodeName':
      return readNodeName(option, raw);
    case 'groups':
      return readGroups(option, raw);
    case 'brokerAddress':
      return readAddress(option, raw);
    case 'choice': {
      const value = option.allowed?.find((allowed) => typeof raw === 'string' && allowed === raw.toLowerCase());
      return value === undefined ? wrong(option, raw) : { value };
    }
    case 'integer':
      return inRange(option, { raw, value: readInteger(raw) });
    case 'span':
      return inRange(option, { raw, value: parseSpan(raw) });
    case 'bytes':
      break;
  }
  return inRange(option, { raw, value: readBytes(raw) });
}

/** What an option takes, in words. */
export function describeAllowed(option: ConfigOption): string {
  const { min = 0, max = 0 } = option;
  const special = option.special === undefined ? '' : `, or ${option.special.value}: ${option.special.meaning}`;
  switch (option.type) {
    case 'text':
    case 'path':
      return 'text';
    case 'url':
      return 'an address, such as https://hooks.example.com/steward';
    case 'paths':
      return `paths, at most ${mostPaths}`;
    case 'nodeName':
      return 'the name of a node';
    case 'groups':
      return `names such as north,ferries: at most ${maxGroups}, with ${maxGroupCharacters} characters in all; not ${everyNode}, to which every node belongs`;
    case 'brokerAddress':
      return addressExamples;
    case 'choice':
      return `one of ${(option.allowed ?? []).join(', ')}`;
    case 'integer':
      return `a whole number from ${min} to ${max}${special}`;
    case 'span':
      return `${spanExamples}; from ${formatSpan(min)} to ${formatSpan(max)}${special}`;
    case 'bytes':
      break;
  }
  return `bytes, or text such as "16MiB"; from ${min} to ${max}${special}`;
}

function wrong(option: ConfigOption, raw: unknown): ReadValue {
  const shown = typeof raw === 'string' ? JSON.stringify(raw.slice(0, 100)) : describeToml(raw);
  return {
    problem: option.only === 'environment' ? 'cannot be used' : `cannot be ${shown}`,
    allowed: describeAllowed(option),
  };
}

function describeToml(raw: unknown): string {
  if (Array.isArray(raw)) return 'a list';
  if (raw instanceof Date) return 'a date';
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : 'a table';
}

function readNodeName(option: ConfigOption, raw: unknown): ReadValue {
  if (typeof raw !== 'string') return wrong(option, raw);
  if (isNodeName(raw)) return { value: raw };
  try {
    return { value: parseNodeName(raw) };
  } catch (error) {
    const hint = error instanceof StewardError ? error.hint : undefined;
    return { problem: `cannot be ${JSON.stringify(raw.slice(0, 100))}`, allowed: hint ?? describeAllowed(option) };
  }
}

function readGroups(option: ConfigOption, raw: unknown): ReadValue {
  if (typeof raw !== 'string') return wrong(option, raw);
  const groups = [...new Set(raw.split(',').map((name) => name.trim()))];
  const fit = groups.length <= maxGroups && groups.join('').length <= maxGroupCharacters;
  return fit && groups.every((name) => isNodeName(name) && name !== everyNode) ? { value: groups } : wrong(option, raw);
}

function readUrl(option: ConfigOption, raw: unknown): ReadValue {
  const reading = readHttpPostArgs(typeof raw === 'string' ? [raw] : []);
  // Not shown: it may hold what is to be known to nobody.
  return 'problem' in reading
    ? { problem: 'is no address of http or https', allowed: describeAllowed(option) }
    : { value: String(raw) };
}

function readPaths(option: ConfigOption, raw: unknown): ReadValue {
  const paths = typeof raw === 'string' ? raw.split(',').map((path) => path.trim()) : raw;
  if (!Array.isArray(paths) || paths.length > mostPaths) return wrong(option, raw);
  const isPath = (path: unknown): path is string => typeof path === 'string' && path !== '' && !path.includes('\0');
  return paths.every(isPath) ? { value: [...new Set(paths)] } : wrong(option, raw);
}

function readAddress(option: ConfigOption, raw: unknown): ReadValue {
  if (typeof raw !== 'string') return wrong(option, raw);
  const parsed = parseBrokerAddresses(raw);
  // Not shown: what is wrong may be that it holds a password.
  return 'problem' in parsed ? { problem: parsed.problem, allowed: addressExamples } : { value: parsed };
}

function inRange(
  option: ConfigOption,
  given: { readonly raw: unknown; readonly value: number | undefined },
): ReadValue {
  const { raw, value } = given;
  if (option.special !== undefined && isSpecial(raw, option.special.value)) return { value: option.special.value };
  const { min = -Infinity, max = Infinity } = option;
  return value !== undefined && value >= min && value <= max ? { value } : wrong(option, raw);
}

function isSpecial(raw: unknown, special: number): boolean {
  return raw === special || (typeof raw === 'string' && raw.trim() === String(special));
}

function readInteger(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : undefined;
  return typeof raw === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(raw) ? Number(raw) : undefined;
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** KiB, MiB and GiB, also written K or KB, are powers of 1024. */
function readBytes(raw: unknown): number | undefined {
  if (typeof raw !== 'string') return readInteger(raw);
  const match = /^\s*(\d{1,15})\s*(?:([kmg])(?:i?b)?|b)?\s*$/i.exec(raw);
  return match === null ? undefined : Number(match[1]) * (byteUnits[(match[2] ?? '').toLowerCase()] ?? 1);
}
