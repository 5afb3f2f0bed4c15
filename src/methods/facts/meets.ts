// Whether a fact is as a message wants it, and if not, what it is instead. Pure.
import { comparable, type FactCondition } from '../../model/fact-condition.ts';
import type { FactValue } from './fact-value.ts';

/** What is known of a fact. `problem`: it could not be found out, so that nothing can be said of it. */
export type Found = { readonly value: FactValue | undefined } | { readonly problem: string };

/** Undefined where the condition holds. What could not be found out meets none. */
export function whyNot(condition: FactCondition, found: Found): string | undefined {
  const { fact, is, isNot, atLeast, atMost, exists } = condition;
  if ('problem' in found) return `${fact} could not be found out: ${found.problem}`;
  const { value } = found;
  const told = value === undefined ? `there is no fact ${fact}` : `${fact} is ${textOf(value)}`;
  const but = (wanted: string): string => `${told}, and has to ${wanted}`;
  if (exists !== undefined && exists !== (value !== undefined)) return but(exists ? 'be there' : 'be absent');
  if (is !== undefined && !isOneOf(value, is)) return but(`be ${anyOf(is)}`);
  if (isNot !== undefined && isOneOf(value, isNot)) return but(`be something else than ${anyOf(isNot)}`);
  if (atLeast !== undefined && !(compare(value, atLeast) >= 0)) return but(`be at least ${atLeast}`);
  if (atMost !== undefined && !(compare(value, atMost) <= 0)) return but(`be at most ${atMost}`);
  return undefined;
}

/** Of a list, whether one of its elements is. */
function isOneOf(value: FactValue | undefined, words: readonly string[]): boolean {
  if (value === undefined) return false;
  if (Array.isArray(value)) return (value as readonly FactValue[]).some((one) => isOneOf(one, words));
  return typeof value === 'object' ? false : words.includes(String(value));
}

/** NaN where they cannot be compared. */
function compare(value: FactValue | undefined, wanted: string): number {
  if (typeof value === 'number' && !Number.isNaN(Number(wanted))) return value - Number(wanted);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !comparable.test(text)) return Number.NaN;
  const [ours, theirs] = [numbersOf(text), numbersOf(wanted)];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const difference = (ours[index] ?? 0) - (theirs[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Of a version, up to the first part that is no number: `6.1.0-13-amd64` is 6, 1, 0, 13. */
function numbersOf(version: string): readonly number[] {
  const parts = version.replace(/^v/, '').split(/[.+~_-]/);
  const end = parts.findIndex((part) => !/^\d+$/.test(part));
  return parts.slice(0, end < 0 ? parts.length : end).map(Number);
}

const longestShown = 100;

function textOf(value: FactValue): string {
  const text = JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function anyOf(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(' or ');
}
