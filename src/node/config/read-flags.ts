// Finds the configuration's flags among the words of a command line, in our spelling and in the original's.
import { suggestName } from '../../base/nearest-name.ts';
import { StewardError } from '../../model/error.ts';
import { describeAllowed } from './option-value.ts';
import { configOptions, findOption, type ConfigKey, type ConfigOption } from './options.ts';

export interface ReadFlags {
  /** What was given, by the key of its option. Of several, the last. Not yet checked. */
  readonly flags: Readonly<Partial<Record<ConfigKey, string>>>;
  /** Every other word, in its order: for the caller to judge. */
  readonly rest: readonly string[];
}

/**
 * `--node-name ship1`, `--node-name=ship1`, and as Go's programs take it `-nodeName ship1`. Nothing is read behind `--`.
 * Throws `invalid-usage` for a flag without its value, and for what may not be a flag.
 */
export function readFlags(words: readonly string[]): ReadFlags {
  const flags: Partial<Record<ConfigKey, string>> = {};
  const rest: string[] = [];
  let index = 0;
  while (index < words.length) {
    const word = words[index] ?? '';
    if (word === '--') break;
    index += 1;
    const [, name = '', inline] = /^--?([A-Za-z][\w-]*)(?:=([^]*))?$/.exec(word) ?? [];
    const option = name === '' ? undefined : findOption(name);
    if (option === undefined) {
      rest.push(word);
      continue;
    }
    refuseSecret(option);
    const value = inline ?? words[index];
    if (value === undefined) {
      throw new StewardError('invalid-usage', `${option.flag} needs a value`, { hint: describeAllowed(option) });
    }
    if (inline === undefined) index += 1;
    flags[option.key] = value;
  }
  return { flags, rest: [...rest, ...words.slice(index)] };
}

/** Flags by the keys of their options, whatever their spelling. Throws `invalid-usage` for those that there are not. */
export function checkFlags(given: Readonly<Record<string, string>>): ReadFlags['flags'] {
  const flags: Partial<Record<ConfigKey, string>> = {};
  for (const [name, value] of Object.entries(given)) {
    const option = findOption(name);
    if (option === undefined) {
      throw new StewardError('invalid-usage', `unknown flag ${name}`, {
        hint: suggestName(
          name,
          configOptions.map((known) => known.flag),
        ),
      });
    }
    refuseSecret(option);
    flags[option.key] = value;
  }
  return flags;
}

function refuseSecret(option: ConfigOption): void {
  if (option.only !== 'environment') return;
  throw new StewardError(
    'invalid-usage',
    `${option.flag} does not exist: others could read it in the list of processes`,
    {
      hint: `set ${option.env}, or use --broker-password-file`,
    },
  );
}
