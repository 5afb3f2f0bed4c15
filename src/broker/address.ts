// Where a broker of ours listens: on this machine, and nowhere else.
import { StewardError } from '../model/error.ts';

export const loopback = '127.0.0.1';

/** Throws for any other address: nobody is asked who they are on a broker that is for trying out. */
export function requireLoopback(address: string): void {
  if (address === loopback) return;
  throw new StewardError('invalid-usage', `"steward broker" listens on ${loopback} only, not on ${address}`, {
    hint: 'for other machines run nats-server with users and TLS, and point --broker-address at it',
  });
}

/** Throws for what is no port. */
export function requirePort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new StewardError('invalid-usage', `${port} is not a port`, {
    hint: 'take one from 1 to 65535, or 0 for a free one',
  });
}
