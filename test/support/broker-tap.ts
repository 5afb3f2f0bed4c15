// Somebody else on the broker: hears all that travels to one node, sends it again, and sends in the name of others what no intake takes.
//
// Job: copies and forgeries for tests that show what a receiver makes of them. From: tests. To: a real broker.
// 1. Only for a node that is connected: who listens for an absent one hides that it is away.
// 2. What it forges wants no ACK. Such a message needs no place in a lane, and its receiver cannot tell who made it: messages are
//    not signed. A test sends one that is in order behind the others, to show that they were not dropped for another reason.
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createIdSource } from '../../src/model/id.ts';
import { messagesFor, messageSubject } from '../../src/model/subject.ts';
import type { FleetNode } from './fleet.ts';
import { openFrame, resealed, type OpenFrame } from './hostile-frames.ts';
import { waitFor } from './wait-for.ts';

type Head = Record<string, unknown>;

interface Heard {
  readonly subject: string;
  readonly reply: string | undefined;
  readonly bytes: Uint8Array;
  readonly frame: OpenFrame;
}

/** A message as it travels, with the short keys of docs/protocol.md. */
export interface Forgery {
  readonly method: string;
  /** The method unless given. */
  readonly lane?: string;
  readonly kind: 'CommandNACK' | 'EventNACK';
  readonly head: Readonly<Head>;
  readonly body?: string;
}

export class BrokerTap {
  readonly #connection: NatsConnection;
  readonly #to: FleetNode;
  readonly #heard: Heard[] = [];
  readonly #newId = createIdSource({ now: Date.now, random48: () => Math.floor(Math.random() * 2 ** 48) });

  private constructor(connection: NatsConnection, to: FleetNode) {
    this.#connection = connection;
    this.#to = to;
  }

  static async open(brokerUrl: string, to: FleetNode): Promise<BrokerTap> {
    const tap = new BrokerTap(await connect({ servers: brokerUrl }), to);
    tap.#connection.subscribe(messagesFor(to.name), {
      callback: (error, { subject, reply, data }) => {
        if (error !== null || data.length === 0) return;
        const bytes = Uint8Array.from(data);
        const frame = readable(bytes);
        if (frame !== undefined) tap.#heard.push({ subject, reply, bytes, frame });
      },
    });
    await tap.#connection.flush();
    return tap;
  }

  /** The batches in which a message has gone to the node, its own copies among them. */
  copiesOf(id: string | undefined): readonly Heard[] {
    return this.#heard.filter(({ frame }) => itemsOf(frame).some(([, head]) => head?.['i'] === id));
  }

  async publish(subject: string, bytes: Uint8Array, reply?: string): Promise<void> {
    this.#connection.publish(subject, bytes, reply === undefined ? {} : { reply });
    await this.#connection.flush();
  }

  /** In the name of a node that has talked to it. */
  async forge(from: FleetNode, { method, lane = method, kind, head, body = '' }: Forgery): Promise<void> {
    const { frame } = await this.#address(from);
    const item = { i: this.#newId(), t: 0, ...head, ...(body === '' ? {} : { z: body.length }) };
    const forged = resealed(
      { type: 'batch', head: {}, tail: Buffer.from(body) },
      { ...frame.head, l: lane, e: '', b: 0, s: 0, g: '', m: [[body.length, item]] },
    );
    const subject = messageSubject({ to: this.#to.name, method: lane, kind, from: from.name });
    await this.publish(subject, forged, `steward-ack.${from.name}.${this.#to.name}`);
  }

  /** A batch of this life of both, for its address. */
  async #address(from: FleetNode): Promise<Heard> {
    const [id] = await from.submit({ toNode: this.#to.name, method: 'ping', ACKTimeout: 0 });
    return waitFor('a message that wants no ACK', () => this.copiesOf(id)[0]);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function itemsOf(frame: OpenFrame): readonly (readonly [unknown, Head?])[] {
  return frame.type === 'batch' ? (frame.head['m'] as readonly (readonly [unknown, Head?])[]) : [];
}

function readable(bytes: Uint8Array): OpenFrame | undefined {
  try {
    return openFrame(bytes);
  } catch {
    // Rubbish that the test itself has published.
    return undefined;
  }
}
