// The seam between `httpGet` and `httpPost` and the network: one question to one server, and what comes back.
import type { Readable } from 'node:stream';
import type { HttpHeader } from '../../model/http-get-args.ts';

export interface Question {
  /** Of http or https. */
  readonly url: URL;
  /** All that are to be sent, but those of the connection, and `Host` where it is the address's own. */
  readonly headers: readonly HttpHeader[];
  /** What is posted; absent: it is a GET. */
  readonly body?: Uint8Array;
  /** Ends everything at once, whatever it waits for. */
  readonly signal: AbortSignal;
}

export interface Answer {
  /** Such as `1.1`. */
  readonly version: string;
  readonly status: number;
  /** What the server says with it; may be empty, or hold anything. */
  readonly statusText: string;
  /** In their order; each character of a value is a byte. */
  readonly headers: readonly HttpHeader[];
  /** As it comes, in bytes. To destroy it is to close the connection. */
  readonly body: Readable;
}

/** One GET of one address, or one POST to it, redirects not followed. Rejects with what the system says where no answer comes. */
export type Transport = (question: Question) => Promise<Answer>;
