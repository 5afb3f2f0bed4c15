// The passwords at the brokers: from the environment, or from files of their own. They are never shown nor written.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StewardError } from '../../model/error.ts';
import type { OptionValues } from './config.ts';
import { findOption, type ConfigKey } from './options.ts';

/** By the option that names their user. */
export type Passwords = Readonly<Partial<Record<ConfigKey, string>>>;

const longest = 4096;

const users = [
  { user: 'BrokerUser', file: 'BrokerPasswordFile', secret: 'BrokerPassword' },
  { user: 'OtherBrokerUser', file: 'OtherBrokerPasswordFile', secret: undefined },
] as const;

/** Throws `invalid-config`: no such file, an empty one, or a password without a user. */
export function readPasswords({ values, cwd }: { readonly values: OptionValues; readonly cwd: string }): {
  readonly passwords: Passwords;
  readonly warnings: readonly string[];
} {
  const passwords: Partial<Record<ConfigKey, string>> = {};
  const warnings: string[] = [];
  for (const { user, file, secret } of users) {
    const given = secret === undefined ? '' : String(values[secret]);
    const path = values[file] === '' ? undefined : resolve(cwd, String(values[file]));
    if (given === '' && path === undefined) continue;
    if (values[user] === '') {
      throw new StewardError('invalid-config', 'there is a password for the broker, but no user', {
        place: { field: user },
        hint: `set ${user}, or ${findOption(user)?.flag ?? user}`,
      });
    }
    passwords[user] = given === '' && path !== undefined ? readFile({ path, field: file, warnings }) : given;
  }
  return { passwords, warnings };
}

function readFile(of: { readonly path: string; readonly field: ConfigKey; readonly warnings: string[] }): string {
  const { path, field, warnings } = of;
  try {
    const { mode, size } = statSync(path);
    const password = size > longest ? '' : readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (password === '') throw refuse({ path, field }, size > longest ? `has more than ${longest} bytes` : 'is empty');
    if ((mode & 0o077) !== 0) warnings.push(`${path} can be read by others: chmod 600 ${path}`);
    return password;
  } catch (error) {
    if (error instanceof StewardError) throw error;
    throw refuse({ path, field }, 'cannot be read', error);
  }
}

function refuse(
  { path, field }: { readonly path: string; readonly field: ConfigKey },
  problem: string,
  cause?: unknown,
): StewardError {
  return new StewardError('invalid-config', `the password file ${path} ${problem}`, {
    place: { field },
    hint: 'a file with the password in its only line',
    cause,
  });
}
