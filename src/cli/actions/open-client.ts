// The client of the node that the options name.
import { createClient, type Client } from '../../client/client.ts';
import { findSocket, type SocketOption } from '../find-socket.ts';
import type { Terminal } from '../terminal.ts';

export function openClient(options: SocketOption, terminal: Terminal): Client {
  return createClient({ socketPath: findSocket(options, terminal) });
}
