// What a client says of itself in CONNECT. No state.

export interface ConnectOptions {
  /** Every line is answered with +OK. */
  readonly verbose: boolean;
  /** Subjects that are published to are checked. */
  readonly pedantic: boolean;
  /** The client gets its own messages, too. */
  readonly echo: boolean;
  readonly headers: boolean;
  /** A request that nobody is there to answer is answered with status 503. */
  readonly noResponders: boolean;
}

/** What holds for a client that has not said otherwise, as in nats-server. */
export const defaultConnectOptions: ConnectOptions = {
  verbose: true,
  pedantic: true,
  echo: true,
  headers: false,
  noResponders: false,
};

/** What is not given stays as it was. Undefined for anything but a JSON object whose switches are booleans. */
export function readConnectOptions(latin1: string, now: ConnectOptions): ConnectOptions | undefined {
  let given: unknown;
  try {
    given = JSON.parse(Buffer.from(latin1, 'latin1').toString());
  } catch {
    return undefined; // The caller cuts the client, as for every other broken line.
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const said = given as Record<string, unknown>;
  const read = {
    verbose: said['verbose'] ?? now.verbose,
    pedantic: said['pedantic'] ?? now.pedantic,
    echo: said['echo'] ?? now.echo,
    headers: said['headers'] ?? now.headers,
    noResponders: said['no_responders'] ?? now.noResponders,
  };
  return areSwitches(read) ? read : undefined;
}

function areSwitches<K extends string>(read: Record<K, unknown>): read is Record<K, boolean> {
  return Object.values(read).every((value) => typeof value === 'boolean');
}
