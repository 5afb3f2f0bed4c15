// Finds the socket of the node that a command is meant for.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { apiSocketName } from '../contract/api-socket.ts';
import type { Terminal } from './terminal.ts';

export interface SocketOption {
  readonly socket?: string;
}

/** `--socket`, else STEWARD_SOCKET, else `./tmp`; each a socket, or the folder that it lies in. */
export function findSocket(options: SocketOption, terminal: Pick<Terminal, 'env'>): string {
  const asked = options.socket ?? (terminal.env['STEWARD_SOCKET'] || 'tmp');
  // What does not exist yet is left to the connection, whose error says what to do.
  const isFolder = statSync(asked, { throwIfNoEntry: false })?.isDirectory() ?? !asked.endsWith('.sock');
  return isFolder ? join(asked, apiSocketName) : asked;
}
