// Checks what a path has to fulfil before a node starts: files that can be read, folders that can be made, sockets
// that the system can name.
import { accessSync, constants, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiSocketName, checkSocketPath, intakeSocketName } from '../../contract/api-socket.ts';
import { StewardError } from '../../model/error.ts';
import type { ValueSource } from './choose-value.ts';
import type { Config } from './config.ts';
import { findOption, type ConfigKey } from './options.ts';

type Sources = Readonly<Record<ConfigKey, ValueSource>>;

/** Throws `invalid-config`. */
export function checkPaths(config: Config, sources: Sources): void {
  const [broker, other] = config.brokers;
  for (const [key, path] of [
    ['NkeySeedFile', broker?.nkeySeedFile],
    ['RootCAPath', broker?.rootCaPath],
    ['OtherNkeySeedFile', other?.nkeySeedFile],
    ['OtherRootCAPath', other?.rootCaPath],
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
  for (const [key, path] of [
    ['SocketFolder', config.socketFolder],
    ['SubscribersDataFolder', config.subscribersDataFolder],
    ['DatabaseFolder', config.databaseFolder],
    ['StartupFolder', config.startupFolder],
    ['MethodsFolder', config.methodsFolder],
    ['LogFolder', config.logFolder],
  ] as const)
    checkFolder({ key, path }, sources);
  for (const name of [intakeSocketName, apiSocketName]) checkSocket(join(config.socketFolder, name), sources);
}

/** A folder that is not there will be made; a file in its place, or above it, cannot become one. */
function checkFolder({ key, path }: { key: ConfigKey; path: string }, sources: Sources): void {
  let at = path;
  let found = statOrNothing(at);
  while (found === undefined && at !== dirname(at)) {
    at = dirname(at);
    found = statOrNothing(at);
  }
  if (found === undefined || found.isDirectory()) return;
  throw new StewardError('invalid-config', `${at} is a file, where a folder is needed`, {
    place: { ...sources[key].place, field: key },
    hint: `move it away, or choose another folder with ${findOption(key)?.flag ?? key}`,
  });
}

/** What cannot be looked at is left to whoever uses it. */
function statOrNothing(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
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
