// The configuration as the words behind `steward node` and `steward config` say.
import { hostname } from 'node:os';
import { loadConfig, type LoadedConfig } from '../../node/config/load-config.ts';
import { configOptions, type ConfigOption } from '../../node/config/options.ts';
import { readFlags } from '../../node/config/read-flags.ts';
import { StewardError } from '../../model/error.ts';
import type { Terminal } from '../terminal.ts';

export interface ReadConfig {
  readonly loaded: LoadedConfig;
  /** Which of `alsoKnown` were among the words. */
  readonly switches: ReadonlySet<string>;
}

export interface ConfigWords {
  readonly command: string;
  readonly words: readonly string[];
  /** Switches without a value that the command has beside the configuration's flags. */
  readonly alsoKnown: readonly string[];
}

/** Writes nothing. Throws `invalid-usage` for a word that is neither, and what `loadConfig` throws. */
export function readConfig({ command, words, alsoKnown }: ConfigWords, terminal: Terminal): ReadConfig {
  const { flags, rest } = readFlags(words);
  const unknown = rest.find((word) => !alsoKnown.includes(word));
  if (unknown !== undefined) {
    throw new StewardError('invalid-usage', `unknown option or word '${unknown}'`, {
      hint: `"steward ${command} --help" lists the options`,
    });
  }
  const loaded = loadConfig({ flags, env: terminal.env, cwd: terminal.cwd, hostname: hostname(), write: false });
  return { loaded, switches: new Set(rest) };
}

export function asksForHelp(words: readonly string[]): boolean {
  return words.includes('--help') || words.includes('-h');
}

/** One block for each option: its flag, what it means, its default and its variable. */
export function optionsHelp(): string {
  const options: readonly ConfigOption[] = configOptions;
  return options
    .filter((option) => option.only !== 'environment')
    .map(({ flag, type, default: standard, doc, env }) => {
      const known = standard === '' ? '' : `default ${standard}; `;
      return `  ${flag} <${type}>\n      ${doc} (${known}${env})\n`;
    })
    .join('');
}
