// Finds the socket of the node that a command is meant for.
import { statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { apiSocketName, intakeSocketName } from '../contract/api-socket.ts';
import { StewardError } from '../model/error.ts';
import type { Terminal } from './terminal.ts';

export interface SocketOption {
  readonly socket?: string;
}

/** `--socket`, else STEWARD_SOCKET, else `./tmp`; each a socket, or the folder that it lies in. Throws `invalid-usage` for the intake's. */
export function findSocket(options: SocketOption, terminal: Pick<Terminal, 'env'>): string {
  const asked = options.socket ?? (terminal.env['STEWARD_SOCKET'] || 'tmp');
  const isFolder = statOrNothing(asked)?.isDirectory() ?? !asked.endsWith('.sock');
  if (isFolder) return join(asked, apiSocketName);
  // It would take the question for the beginning of a message file, and wait for the rest.
  if (basename(asked) === intakeSocketName) {
    throw new StewardError('invalid-usage', `${asked} takes message files only`, {
      hint: `name the other socket: --socket ${join(dirname(asked), apiSocketName)}`,
    });
  }
  return asked;
}

function statOrNothing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // What cannot be found is left to the connection, whose error says what to do.
    return undefined;
  }
}
