// The password at the broker: from the environment, or from a file of its own. It is never shown nor written.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StewardError } from '../../model/error.ts';
import type { OptionValues } from './config.ts';

export interface Password {
  readonly password: string | undefined;
  readonly warnings: readonly string[];
}

const longest = 4096;

/** Throws `invalid-config`: no such file, an empty one, or a password without a user. */
export function readPassword({ values, cwd }: { readonly values: OptionValues; readonly cwd: string }): Password {
  const given = String(values.BrokerPassword);
  const file = values.BrokerPasswordFile === '' ? undefined : resolve(cwd, String(values.BrokerPasswordFile));
  if (given === '' && file === undefined) return { password: undefined, warnings: [] };
  if (values.BrokerUser === '') {
    throw new StewardError('invalid-config', 'there is a password for the broker, but no user', {
      place: { field: 'BrokerUser' },
      hint: 'set BrokerUser, or --broker-user',
    });
  }
  return given === '' && file !== undefined ? readFile(file) : { password: given, warnings: [] };
}

function readFile(path: string): Password {
  try {
    const { mode, size } = statSync(path);
    const password = size > longest ? '' : readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (password === '') throw refuse(path, size > longest ? `has more than ${longest} bytes` : 'is empty');
    const open = (mode & 0o077) !== 0;
    return { password, warnings: open ? [`${path} can be read by others: chmod 600 ${path}`] : [] };
  } catch (error) {
    if (error instanceof StewardError) throw error;
    throw refuse(path, 'cannot be read', error);
  }
}

function refuse(path: string, problem: string, cause?: unknown): StewardError {
  return new StewardError('invalid-config', `the password file ${path} ${problem}`, {
    place: { field: 'BrokerPasswordFile' },
    hint: 'a file with the password in its only line',
    cause,
  });
}
