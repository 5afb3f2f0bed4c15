// Reads config.toml: which option has which value, on which line.
import { readFileSync, statSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { fileProblem } from '../../base/file-problem.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { StewardError } from '../../model/error.ts';
import { configOptions, type ConfigKey } from './options.ts';
import { isOriginalKey } from './original-keys.ts';
import { findAssignment } from './toml-line.ts';

export interface FileEntry {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

export interface ConfigFile {
  readonly path: string;
  /** Undefined: there is no file yet. */
  readonly text: string | undefined;
  readonly entries: ReadonlyMap<ConfigKey, FileEntry>;
  readonly warnings: readonly string[];
}

const maxBytes = 1024 * 1024;

/** Throws `invalid-config` with file and line: no TOML, unknown keys, and keys that do not belong in a file. */
export function readConfigFile(path: string): ConfigFile {
  const text = readText(path);
  if (text === undefined) return { path, text, entries: new Map(), warnings: [] };
  const entries = new Map<ConfigKey, FileEntry>();
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(parseToml(text, path))) {
    const line = findAssignment(text, key)?.line ?? 1;
    const option = configOptions.find((known) => known.key.toLowerCase() === key.toLowerCase());
    if (option === undefined) {
      if (!isOriginalKey(key)) throw unknownKey(key, { file: path, line });
      if (value !== '') warnings.push(`${path}, line ${line}: ${key} is not supported yet and has no effect`);
    } else if (entries.has(option.key)) {
      throw new StewardError('invalid-config', `${option.key} is given twice`, { place: { file: path, line } });
    } else if ('only' in option) {
      if (option.only === 'environment') throw misplaced(option.key, { file: path, line });
      // The original wrote the folder of the file into the file.
      if (value !== '') warnings.push(`${path}, line ${line}: ${key} has no effect in the file; use ${option.flag}`);
    } else {
      entries.set(option.key, { value, line });
    }
  }
  return { path, text, entries, warnings };
}

function readText(path: string): string | undefined {
  try {
    if (statSync(path).size > maxBytes) {
      throw new StewardError('invalid-config', `more than ${maxBytes} bytes`, { place: { file: path } });
    }
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof StewardError) throw error;
    throw new StewardError('invalid-config', `the file cannot be read: ${fileProblem(error, path) ?? String(error)}`, {
      place: { file: path },
      cause: error,
    });
  }
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? '';
    throw new StewardError('invalid-config', `not TOML: ${problem}`, {
      place: { file: path, line: error.line, column: error.column },
      hint: 'a line is: Key = "text" or Key = number',
      cause: error,
    });
  }
}

interface At {
  readonly file: string;
  readonly line: number;
}

function unknownKey(key: string, place: At): StewardError {
  const nearest = nearestName(
    key,
    configOptions.map((option) => option.key),
  );
  return new StewardError('invalid-config', `unknown key ${JSON.stringify(key.slice(0, 60))}`, {
    place,
    hint: nearest === undefined ? '"steward config" shows all keys' : `did you mean ${nearest}?`,
  });
}

function misplaced(key: ConfigKey, place: At): StewardError {
  return new StewardError('invalid-config', `${key} does not belong in this file`, {
    place,
    hint: 'put it into a file of its own and name that with BrokerPasswordFile',
  });
}
