// Checks what a path has to fulfil before a node starts: files that can be read, sockets that the system can name.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { intakeSocketName } from '../../api/intake-socket.ts';
import { apiSocketName, checkSocketPath } from '../../contract/api-socket.ts';
import { StewardError } from '../../model/error.ts';
import type { ValueSource } from './choose-value.ts';
import type { Config } from './config.ts';
import type { ConfigKey } from './options.ts';

type Sources = Readonly<Record<ConfigKey, ValueSource>>;

/** Throws `invalid-config`. */
export function checkPaths(config: Config, sources: Sources): void {
  for (const [key, path] of [
    ['NkeySeedFile', config.nkeySeedFile],
    ['RootCAPath', config.rootCaPath],
  ] as const) {
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      throw new StewardError('invalid-config', `${path} cannot be read`, {
        place: { ...sources[key].place, field: key },
        hint: `check ${key}, and who may read the file`,
        cause: error,
      });
    }
  }
  for (const name of [intakeSocketName, apiSocketName]) checkSocket(join(config.socketFolder, name), sources);
}

function checkSocket(path: string, sources: Sources): void {
  try {
    checkSocketPath(path);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    throw new StewardError('invalid-config', error.message, {
      place: { ...sources.SocketFolder.place, field: 'SocketFolder' },
      hint: 'choose a shorter one with --socket-folder, such as /run/steward',
      cause: error,
    });
  }
}
