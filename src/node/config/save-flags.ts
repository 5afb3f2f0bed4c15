// Writes flags into config.toml, or the first config.toml where there is none.
import { isNodeName } from '../../model/node-name.ts';
import { editFile, writeFirstFile } from './edit-config-file.ts';
import { readOption } from './option-value.ts';
import { configOptions, type ConfigKey, type ConfigOption } from './options.ts';
import type { ConfigFile, FileEntry } from './read-config-file.ts';
import { writeConfigFile } from './write-config-file.ts';

export interface SaveInput {
  readonly file: ConfigFile;
  /** Checked. */
  readonly flags: Readonly<Partial<Record<ConfigKey, string>>>;
  readonly hostname: string;
}

/**
 * Throws `invalid-config` where the file cannot be changed safely. A file system that refuses is only a warning: a node
 * with its configuration on a read-only disk runs all the same.
 */
export function saveFlags({ file, flags, hostname }: SaveInput): readonly string[] {
  const values = new Map<ConfigKey, string | number>();
  for (const option of configOptions) {
    const flag = flags[option.key];
    if (flag === undefined || 'only' in option || isSame(option, { flag, entry: file.entries.get(option.key) }))
      continue;
    values.set(option.key, fileValue(option, flag));
  }
  const first = file.text === undefined;
  if (!first && values.size === 0) return [];
  // Written down, so that the node keeps its name when the machine gets another one.
  if (first && !values.has('NodeName') && isNodeName(hostname)) values.set('NodeName', hostname);
  const text = file.text === undefined ? writeFirstFile(values) : editFile(file.text, { path: file.path, values });
  try {
    writeConfigFile(file.path, text);
    return [];
  } catch (error) {
    return [`${file.path} could not be written (${String(error)}): the flags hold for this start only`];
  }
}

function isSame(
  option: ConfigOption,
  given: { readonly flag: string; readonly entry: FileEntry | undefined },
): boolean {
  if (given.entry === undefined) return false;
  return JSON.stringify(readOption(option, given.flag)) === JSON.stringify(readOption(option, given.entry.value));
}

/** Bare digits are a number in the file, as the original wrote them. */
function fileValue(option: ConfigOption, flag: string): string | number {
  const numeric = option.type === 'integer' || option.type === 'span' || option.type === 'bytes';
  const number = Number(flag);
  return numeric && flag.trim() !== '' && Number.isFinite(number) ? number : flag;
}
