// One message as it was given: its fields by their names, and the way to refuse one of them with its place.
import { StewardError } from '../model/error.ts';
import { findField, isFieldName } from './field-names.ts';
import { fieldNames, type FieldName } from './fields/fields.ts';
import { nearestName } from '../base/nearest-name.ts';
import { refusalOf, saysNothing } from './silent-fields.ts';
import type { SourceText } from './source-text.ts';

export interface Given {
  readonly source: SourceText;
  /** Name of the file, for errors. */
  readonly file: string | undefined;
  /** Which message of the source it is, from 0. */
  readonly index: number;
  readonly content: Readonly<Record<string, unknown>>;
  /** The fields whose names are written in another case than ours, with their names as written. */
  readonly spelled: ReadonlyMap<FieldName, string>;
}

export interface Refusal {
  readonly message: string;
  readonly hint?: string;
  /** Which element of a list, from 0. */
  readonly element?: number;
}

export type GivenSource = Pick<Given, 'source' | 'file' | 'index'>;

const nothingSpelled: ReadonlyMap<FieldName, string> = new Map();

/** Throws `invalid-message` for what is no object, and for names that are unknown, not built yet, or given twice. */
export function readFields(at: GivenSource): Given {
  const value = at.source.messages[at.index];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseAt(at, {
      path: [],
      message: `a message is an object with fields, not ${describeValue(value)}`,
      hint: 'such as {"toNode": "ship1", "method": "ping"}',
    });
  }
  const content = value as Readonly<Record<string, unknown>>;
  let spelled: Map<FieldName, string> | undefined;
  for (const key of Object.keys(content)) {
    if (isFieldName(key)) continue;
    const name = findField(key);
    if (name === undefined) {
      if (saysNothing(key, content[key])) continue;
      throw refuseKey(at, key);
    }
    const twin = spelled?.get(name) ?? (Object.hasOwn(content, name) ? name : undefined);
    if (twin !== undefined) {
      throw refuseAt(at, { path: [key], key: true, message: `${key} and ${twin} are the same field` });
    }
    spelled ??= new Map();
    spelled.set(name, key);
  }
  return { source: at.source, file: at.file, index: at.index, content, spelled: spelled ?? nothingSpelled };
}

/** What the field holds; undefined where it is absent or null. */
export function valueOf(given: Given, name: FieldName): unknown {
  return given.content[writtenName(given, name)] ?? undefined;
}

/** The field's name as it is written. */
export function writtenName(given: Given, name: FieldName): string {
  return given.spelled.size === 0 ? name : (given.spelled.get(name) ?? name);
}

/** Throws `invalid-message` at the field, or at the message where the field is absent. */
export function refuse(given: Given, name: FieldName, refusal: Refusal): never {
  const { element, ...words } = refusal;
  const inside = element === undefined ? [] : [element];
  throw refuseAt(given, {
    ...words,
    path: valueOf(given, name) === undefined ? [] : [writtenName(given, name), ...inside],
    field: element === undefined ? name : `${name}[${element}]`,
  });
}

/** A value in a few words, for errors. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? quote(value) : 'something else';
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function refuseKey(at: GivenSource, key: string): StewardError {
  const nearest = nearestName(key, fieldNames);
  const refusal = refusalOf(key) ?? {
    message: `unknown field ${quote(key)}`,
    hint: nearest === undefined ? 'see docs/compatibility.md for the fields' : `did you mean ${nearest}?`,
  };
  return refuseAt(at, { ...refusal, path: [key], key: true });
}

interface PlacedRefusal extends Refusal {
  /** From the message on. */
  readonly path: readonly (string | number)[];
  /** The name is at fault, not the value. */
  readonly key?: boolean;
  readonly field?: string;
}

function refuseAt(at: GivenSource, refusal: PlacedRefusal): StewardError {
  const { path, key = false, field = path.length === 0 ? undefined : String(path[0]), message, hint } = refusal;
  const position = at.source.position([at.index, ...path], key ? 'key' : 'value');
  return new StewardError('invalid-message', message, {
    ...(hint === undefined ? {} : { hint }),
    place: {
      ...(at.file === undefined ? {} : { file: at.file }),
      ...position,
      ...(field === undefined ? {} : { field: field.slice(0, 60) }),
    },
  });
}
