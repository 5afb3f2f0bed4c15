// The way from a node to its broker, as bad as it is asked to be: a TCP proxy on loopback.
//
// Job: one link of one node (or of one broker to another), whatever number of connections it has. From: the agitators. To: a port.
// 1. A cut ends every connection at once, both ends; while refused, no new one is made.
// 2. A half-open link is one on which a direction is silent and no end is told: held bytes come when it heals, as TCP sends
//    them again; what a deaf one swallowed is gone, so it can only be cut (a router that forgot the connection).
// 3. After `close` no socket of it is open.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Random } from '../../src/base/random.ts';
import { freePort } from '../../test/support/nats-server.ts';
import { openLine, type Line } from './line.ts';
import { perfect, type LinkProfile } from './link-profile.ts';

export type Direction = 'up' | 'down';

export interface FaultyLink {
  readonly name: string;
  /** Where it listens. */
  readonly port: number;
  readonly url: string;
  /** Connections that are open now. */
  readonly connections: () => number;
  /** Bytes that its senders have put into it in this direction, also those that a cut swallowed. */
  readonly taken: (direction: Direction) => number;
  /** From the next byte on. */
  use(profile: LinkProfile): void;
  /** Answers how many connections it ended. */
  cut(): number;
  refuse(refused: boolean): void;
  hold(direction: Direction): void;
  goDeaf(direction: Direction): void;
  /** Ends holding; a deaf direction stays deaf until it is cut. */
  release(): void;
  close(): Promise<void>;
}

export interface FaultyLinkOptions {
  readonly name: string;
  /** On 127.0.0.1. */
  readonly toPort: number;
  readonly random: Random;
  /** Segments that were lost and sent again. */
  readonly onStall?: () => void;
}

interface Pair {
  readonly sockets: readonly [Socket, Socket];
  readonly lines: Readonly<Record<Direction, Line>>;
}

export async function openFaultyLink(options: FaultyLinkOptions): Promise<FaultyLink> {
  const { name, toPort, random, onStall = () => undefined } = options;
  const pairs = new Set<Pair>();
  const held = new Set<Direction>();
  const taken = { up: 0, down: 0 };
  let profile = perfect;
  let refused = false;

  const end = (pair: Pair): void => {
    pairs.delete(pair);
    for (const line of Object.values(pair.lines)) line.close();
    // A reset, as the end of a connection that nobody says goodbye to.
    for (const socket of pair.sockets) socket.resetAndDestroy();
  };
  const server = createServer({ noDelay: true }, (near) => {
    if (refused) return void near.resetAndDestroy();
    const far = connect({ host: '127.0.0.1', port: toPort, noDelay: true });
    const line = (direction: Direction, from: Socket, to: Socket): Line =>
      openLine({
        from,
        to,
        random,
        profile: () => profile,
        onTaken: (bytes) => (taken[direction] += bytes),
        onStall,
      });
    const pair: Pair = { sockets: [near, far], lines: { up: line('up', near, far), down: line('down', far, near) } };
    pairs.add(pair);
    for (const direction of held) pair.lines[direction].hold();
    for (const socket of pair.sockets) {
      // Whatever ended it, the other end is told in the same way.
      socket.on('error', () => end(pair));
      socket.on('close', () => end(pair));
    }
  });
  const port = await freePort();
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');

  const cut = (): number => {
    const count = pairs.size;
    for (const pair of pairs) end(pair);
    return count;
  };
  return {
    name,
    port,
    url: `nats://127.0.0.1:${port}`,
    connections: () => pairs.size,
    taken: (direction) => taken[direction],
    use: (next) => void (profile = next),
    cut,
    refuse: (next) => void (refused = next),
    hold(direction) {
      held.add(direction);
      for (const pair of pairs) pair.lines[direction].hold();
    },
    goDeaf(direction) {
      for (const pair of pairs) pair.lines[direction].goDeaf();
    },
    release() {
      held.clear();
      for (const pair of pairs) for (const line of Object.values(pair.lines)) line.release();
    },
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
