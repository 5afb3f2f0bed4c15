// A message file in JSON: one object, or a list of them. Places are only looked for once somebody asks.
import { StewardError } from '../model/error.ts';
import { findDuplicateKey } from './json-duplicate.ts';
import { findJsonPlace, listElements, skipValue } from './json-place.ts';
import { positionAt, type Path, type SourceText } from './source-text.ts';

/** Throws the SyntaxError of `JSON.parse`, and `invalid-message` for a field that is given twice: JSON.parse would take the last. */
export function* readJsonSource(text: string): Generator<void, SourceText> {
  const value: unknown = JSON.parse(text);
  yield;
  const twice = yield* findDuplicateKey(text);
  if (twice !== undefined) {
    const place = { ...positionAt(text, twice.offset), field: twice.name };
    throw new StewardError('invalid-message', `the field ${twice.name} is given twice`, { place });
  }
  if (!Array.isArray(value)) {
    return { ...sourceOf(text, () => 0), messages: [value] };
  }
  let offsets: readonly number[] | undefined;
  // One pass for all messages: asking for each from the start would be quadratic.
  const messageOffset = (index: number): number => (offsets ??= listElements(text, 0))[index] ?? 0;
  return { ...sourceOf(text, messageOffset), messages: value };
}

function sourceOf(text: string, messageOffset: (index: number) => number): Pick<SourceText, 'position' | 'written'> {
  const find = ([index, ...rest]: Path): { key: number; value: number } =>
    findJsonPlace(text, rest, messageOffset(Number(index ?? 0)));
  return {
    position: (path, at) => positionAt(text, find(path)[at]),
    written: (path) =>
      listElements(text, find(path).value).map((offset) => text.slice(offset, skipValue(text, offset))),
  };
}
