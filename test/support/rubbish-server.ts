// A web server that answers what a seed says: right, wrong, half, packed badly, somewhere else, or not at all.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Random } from '../../src/base/random.ts';
import { below, damagedBytes, pick } from './hostile-frames.ts';

export interface RubbishServer {
  /** Without a slash at its end. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

export async function startRubbishServer(random: Random): Promise<RubbishServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Whoever asks may leave at any time.
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket, random));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function answer(socket: Socket, random: Random): void {
  const body = pick(random, [Buffer.alloc(0), Buffer.from('body\n'), Buffer.alloc(100_000, 'a\0')]);
  const isPacked = below(random, 3) === 0;
  const sent = isPacked ? gzipSync(body) : body;
  const head = [
    pick(random, [
      'HTTP/1.1 200 OK',
      'HTTP/1.1 302 Found',
      'HTTP/1.1 500 \x1b[31m',
      'HTTP/1.1 101 Switching Protocols',
      'HTTP/1.1 100 Continue',
      'x',
    ]),
    ...(below(random, 2) === 0 ? [`Content-Length: ${pick(random, [sent.length, 0, sent.length + 5, -1, 1e12])}`] : []),
    ...(isPacked || below(random, 5) === 0
      ? [`Content-Encoding: ${pick(random, ['gzip', 'br', 'deflate', 'gzip, gzip', 'y'])}`]
      : []),
    ...(below(random, 3) === 0
      ? [`Location: ${pick(random, ['/', '//127.0.0.1:1/', 'file:///etc/passwd', '\xff', 'http://[::1'])}`]
      : []),
    ...(below(random, 5) === 0 ? ['Transfer-Encoding: chunked'] : []),
    ...(below(random, 9) === 0 ? [`X: ${'x'.repeat(20_000)}`] : []),
  ];
  const whole = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), sent]);
  const bytes = below(random, 4) === 0 ? damagedBytes(whole, random) : whole;
  switch (below(random, 6)) {
    case 0:
      return;
    case 1:
      return void socket.destroy();
    case 2:
      return void socket.write(bytes);
    default:
      return void socket.end(bytes);
  }
}
