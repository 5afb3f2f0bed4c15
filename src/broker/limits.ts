// The bounds of the built-in broker. Those that nats-server has too stand at its defaults.

export interface BrokerLimits {
  /** Bytes of headers and body together. More ends the connection. */
  readonly maxPayload: number;
  /** Bytes of one control line, without its first word. More ends the connection. */
  readonly maxControlLine: number;
  /** Bytes that may wait for one slow reader. More ends its connection: a publisher is never held up. */
  readonly maxPending: number;
  /** How long the stream of a slow reader may take for one piece. Longer ends its connection. */
  readonly writeDeadlineMs: number;
  /** Further connections are told so and closed. */
  readonly maxConnections: number;
  /** For one connection. Further subscriptions are refused; the connection stays. */
  readonly maxSubscriptions: number;
  /** A connection that was silent for so long is asked for a sign of life … */
  readonly pingIntervalMs: number;
  /** … so many times, and is then cut as stale. */
  readonly maxPingsOut: number;
  /** How long a connection that is being closed may take to read its last words. */
  readonly lingerMs: number;
}

export const defaultLimits: BrokerLimits = {
  maxPayload: 1024 * 1024,
  maxControlLine: 4096,
  maxPending: 64 * 1024 * 1024,
  writeDeadlineMs: 10_000,
  maxConnections: 1024,
  maxSubscriptions: 100_000,
  pingIntervalMs: 120_000,
  maxPingsOut: 2,
  lingerMs: 1_000,
};
