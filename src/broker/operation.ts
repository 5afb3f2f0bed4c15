// What a client asks for, as the parser hands it on. Subjects and ids are latin1 strings, one character a byte:
// whatever encoding a client uses comes out as it went in.

export interface Publish {
  readonly type: 'publish';
  readonly subject: string;
  /** Empty where no reply is wanted. */
  readonly reply: string;
  /** Bytes of headers at the front of the payload; 0 for a message without headers. */
  readonly headerSize: number;
  /** Bytes of headers and body. */
  readonly size: number;
  /** `size` bytes and the line end. */
  readonly frame: Buffer;
}

export interface Violation {
  readonly type: 'violation';
  /** What the client is told before it is cut; empty where nats-server cuts without a word. */
  readonly reply: string;
  readonly reason: string;
}

export type Operation =
  | Publish
  | Violation
  | { readonly type: 'connect'; readonly options: string }
  | { readonly type: 'subscribe'; readonly subject: string; readonly queue: string; readonly sid: string }
  /** After so many messages in all; 0 is at once. */
  | { readonly type: 'unsubscribe'; readonly sid: string; readonly max: number }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' };
