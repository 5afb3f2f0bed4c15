// Reads fields of an untrusted head. Each takes the object and a key, and throws `invalid-frame` for what is not what it should be.
import { longestSpanMs } from '../base/span.ts';
import { isNodeName, type NodeName } from '../model/node-name.ts';
import { isLaneName, type LaneName } from '../model/lane.ts';
import { isMessageId } from '../model/id.ts';
import type { MessageId } from '../model/message.ts';
import { invalid } from './frame.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The last moment that JavaScript has a date for, in ms since 1970. */
const latestTimeMs = 8_640_000_000_000_000;
const tokenPattern = /^[A-Za-z0-9_-]{0,64}$/;

export function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not an object');
  return value as Fields;
}

export function list(of: Fields, key: string, max: number): readonly unknown[] {
  const value = of[key] ?? [];
  if (!Array.isArray(value) || value.length > max) throw invalid(`"${key}" is no list of at most ${max}`);
  return value;
}

export function text(of: Fields, key: string, max = 64 * 1024): string {
  const value = of[key];
  if (typeof value !== 'string' || value.length > max)
    throw invalid(`"${key}" is no text of at most ${max} characters`);
  return value;
}

export function texts(of: Fields, key: string, max = 100_000): readonly string[] {
  const value = list(of, key, max);
  if (!value.every((item) => typeof item === 'string')) throw invalid(`"${key}" is no list of texts`);
  return value;
}

/** A random token of ours: incarnation, boot, nonce, epoch or tag. May be empty where the protocol says so. */
export function token(of: Fields, key: string): string {
  const value = of[key] ?? '';
  if (typeof value !== 'string' || !tokenPattern.test(value)) throw invalid(`"${key}" is no token`);
  return value;
}

export function integer(of: Fields, key: string, least = 0): number {
  const value = of[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw invalid(`"${key}" is no whole number from ${least}`);
  return value;
}

export function integerOr(of: Fields, key: string, otherwise: number, least = 0): number {
  return of[key] === undefined ? otherwise : integer(of, key, least);
}

/** Milliseconds of a span. Bounded, so that whatever is reckoned from it stays a whole number that a store can hold. */
export function span(of: Fields, key: string, least = 0): number {
  const value = integer(of, key, least);
  if (value > longestSpanMs) throw invalid(`"${key}" is longer than ten years`);
  return value;
}

export function spanOr(of: Fields, key: string, otherwise: number, least = 0): number {
  return of[key] === undefined ? otherwise : span(of, key, least);
}

/** Wall time in ms since 1970. For people only (I8). */
export function time(of: Fields, key: string): number {
  const value = integer(of, key);
  if (value > latestTimeMs) throw invalid(`"${key}" is no time`);
  return value;
}

export function node(of: Fields, key: string): NodeName {
  const value = of[key];
  if (typeof value !== 'string' || !isNodeName(value)) throw invalid(`"${key}" is no node name`);
  return value;
}

export function lane(of: Fields, key: string): LaneName {
  const value = of[key];
  if (typeof value !== 'string' || !isLaneName(value)) throw invalid(`"${key}" is no lane`);
  return value;
}

export function messageId(of: Fields, key: string): MessageId {
  const value = of[key];
  if (typeof value !== 'string' || !isMessageId(value)) throw invalid(`"${key}" is no message id`);
  return value;
}
