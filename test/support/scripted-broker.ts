// A broker of a few lines for tests of the link: what each connection meets is said by the test.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** serve: a broker as it should be; break off: it dies when the client has introduced itself; silent, mute: it hangs before that, or after. */
export type Meeting = 'serve' | 'break off' | 'silent' | 'mute';

export interface ScriptedBroker {
  readonly url: string;
  /** How many connections there were. */
  readonly met: () => number;
  /** How many there are. */
  readonly open: () => number;
  /** All that the clients have sent. */
  readonly heard: () => string;
  /** Ends the connections that there are. */
  drop(): void;
  close(): Promise<void>;
}

const info = `INFO ${JSON.stringify({ server_id: 'scripted', version: '2.10.0', proto: 1, headers: true, max_payload: 1_048_576 })}\r\n`;

/** The connections meet what `script` says, one after the other; any further one is served. */
export async function startScriptedBroker(...script: readonly Meeting[]): Promise<ScriptedBroker> {
  const sockets = new Set<Socket>();
  let met = 0;
  let heard = '';
  const server = createServer((socket) => {
    const meeting = script[met] ?? 'serve';
    met += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      if (meeting === 'break off') return socket.destroy();
      if (meeting !== 'serve') return;
      for (const line of text.split('\r\n')) if (line === 'PING') socket.write('PONG\r\n');
    });
    if (meeting !== 'silent') socket.write(info);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met: () => met,
    open: () => sockets.size,
    heard: () => heard,
    drop,
    close: async () => {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
