// Finds fields by the names in a message file (fields/fields.ts), and those that are known but not built yet (docs/compatibility.md).
import { fieldNames, type FieldName } from './fields/fields.ts';

const byLowerCase: ReadonlyMap<string, FieldName> = new Map(fieldNames.map((name) => [name.toLowerCase(), name]));

const known: ReadonlySet<string> = new Set(fieldNames);

/** Whether the text is the name of a field as we write it. */
export function isFieldName(text: string): boolean {
  return known.has(text);
}

/** What the original called them until May 2021, in lower case. */
export const olderNames: ReadonlyMap<string, FieldName> = new Map([
  ['timeout', 'ACKTimeout'],
  ['requesttimeout', 'replyACKTimeout'],
  ['replytimeout', 'replyACKTimeout'],
  ['requestretries', 'replyRetries'],
]);

/** The field of this name, old or new, whatever its case. */
export function findField(key: string): FieldName | undefined {
  const lower = key.toLowerCase();
  return byLowerCase.get(lower) ?? olderNames.get(lower);
}

export const laterFieldNames = ['nodeAlias'] as const;
/** Of later fields, whatever follows. */
export const laterPrefix = 'relay';

const laterFields: ReadonlySet<string> = new Set(laterFieldNames.map((name) => name.toLowerCase()));

/** Whether a field of the original, or of the plan, has no effect yet. */
export function isLaterField(key: string): boolean {
  const lower = key.toLowerCase();
  return laterFields.has(lower) || lower.startsWith(laterPrefix);
}

const laterMethods: ReadonlySet<string> = new Set(
  [
    'copyFileFrom',
    'copyFileTo',
    'portSrc',
    'portDst',
    'publicKey',
    'keysAllow',
    'keysDelete',
    'relay',
    'relayInitial',
    'workflow',
    'queue',
  ].map((name) => name.toLowerCase()),
);

/** Whether the original, or the plan, has such a method and this version does not. */
export function isLaterMethod(name: string): boolean {
  const lower = name.toLowerCase().replace(/^req/, '');
  return laterMethods.has(lower) || lower.startsWith('acl');
}
