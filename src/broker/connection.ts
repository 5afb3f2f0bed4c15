// One client of the built-in broker.
//
// From: its stream, by parser.ts. To: the router, and its stream, by send-buffer.ts.
//
// 1. open → closing → closed, never back. `closing` was refused, or its client has closed its half: it has sent its last words
//    and only waits for them to be read, lingerMs at most.
// 2. Only an open connection is obeyed, has subscriptions, or is given messages.
// 3. A silent client is asked for a sign of life, and cut after maxPingsOut questions.
import type { Duplex } from 'node:stream';
import type { Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { defaultConnectOptions, readConnectOptions, type ConnectOptions } from './connect-options.ts';
import type { BrokerLimits } from './limits.ts';
import type { Operation, Publish } from './operation.ts';
import { Parser } from './parser.ts';
import type { Receiver, Router, Subscription } from './router.ts';
import { SendBuffer } from './send-buffer.ts';
import { isLiteral, isSubscribable } from './subject.ts';

export interface ConnectionOptions {
  readonly id: number;
  readonly stream: Duplex;
  readonly router: Router;
  readonly limits: BrokerLimits;
  readonly timers: Timers;
  readonly log: Log;
  readonly closed: () => void;
}

export class Connection implements Receiver {
  readonly #options: ConnectionOptions;
  readonly #parser: Parser;
  readonly #output: SendBuffer;
  readonly #subscriptions = new Map<string, Subscription>();
  #state: 'open' | 'closing' | 'closed' = 'open';
  #client: ConnectOptions = defaultConnectOptions;
  #heard = false;
  #pingsOut = 0;
  #cancelTimer: () => void;

  constructor(options: ConnectionOptions) {
    const { stream, limits, timers } = options;
    this.#options = options;
    this.#parser = new Parser(limits, (operation) => this.#obey(operation));
    this.#output = new SendBuffer({
      stream,
      timers,
      maxPending: limits.maxPending,
      writeDeadlineMs: limits.writeDeadlineMs,
      tooSlow: (reason) => this.#cutSlowReader(reason),
    });
    this.#cancelTimer = this.#nextTick();
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    // Gone, though what waits for it is still being written: nothing more is for it, and a group gives it to another.
    stream.on('end', () => this.refuse(''));
    stream.on('error', (error) => options.log.debug('client lost', { client: options.id, error: error.message }));
    stream.on('close', () => this.destroy());
  }

  get echo(): boolean {
    return this.#client.echo;
  }

  get noResponders(): boolean {
    return this.#client.noResponders;
  }

  /** The first line that a client reads. */
  greet(info: Readonly<Record<string, unknown>>): void {
    this.#output.text(`INFO ${JSON.stringify(info)}\r\n`);
  }

  send(subscription: Subscription, message: Publish): boolean {
    if (this.#state !== 'open') return false;
    const to = `${message.subject} ${subscription.sid} ${message.reply === '' ? '' : `${message.reply} `}`;
    if (message.headerSize > 0 && this.#client.headers) {
      this.#output.text(`HMSG ${to}${message.headerSize} ${message.size}\r\n`);
      this.#output.bytes(message.frame);
    } else {
      this.#output.text(`MSG ${to}${message.size - message.headerSize}\r\n`);
      this.#output.bytes(message.headerSize > 0 ? message.frame.subarray(message.headerSize) : message.frame);
    }
    // A reader that was cut by this very message has not got it.
    return !this.#output.closed;
  }

  sendNoResponders(subscription: Subscription, reply: string): void {
    this.#output.text(`HMSG ${reply} ${subscription.sid} 16 16\r\nNATS/1.0 503\r\n\r\n\r\n`);
  }

  ended(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.sid);
  }

  /** Says why, if there is something to say, and closes. */
  refuse(reply: string): void {
    if (this.#state !== 'open') return;
    if (reply !== '') this.#error(reply);
    this.#output.finish();
    this.#leave('closing');
    // What still comes is read and dropped: a reset would take the last words from the client.
    this.#options.stream.end();
    this.#cancelTimer = this.#options.timers.after(this.#options.limits.lingerMs, () => this.destroy());
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#leave('closed');
    this.#options.stream.destroy();
    this.#options.closed();
  }

  #leave(state: 'closing' | 'closed'): void {
    this.#state = state;
    this.#cancelTimer();
    this.#parser.stop();
    this.#output.close();
    for (const subscription of this.#subscriptions.values()) this.#options.router.unsubscribe(subscription);
    this.#subscriptions.clear();
  }

  #read(chunk: Buffer): void {
    this.#heard = true;
    this.#parser.feed(chunk);
  }

  #obey(operation: Operation): void {
    switch (operation.type) {
      case 'publish':
        return this.#publish(operation);
      case 'subscribe':
        return this.#subscribe(operation);
      case 'unsubscribe':
        return this.#unsubscribe(operation);
      case 'connect':
        return this.#connect(operation.options);
      case 'ping':
        return this.#output.text('PONG\r\n');
      case 'pong':
        this.#pingsOut = 0;
        return;
      case 'violation':
        return this.#cut(operation.reason, operation.reply);
    }
  }

  #connect(given: string): void {
    const options = readConnectOptions(given, this.#client);
    if (options === undefined) return this.#cut('CONNECT is not understood', '');
    if (options.noResponders && !options.headers) {
      return this.#cut('no responders without headers', 'no responders requires headers support');
    }
    this.#client = options;
    this.#confirm();
  }

  #publish(message: Publish): void {
    if (message.headerSize > 0 && !this.#client.headers) return this.#cut('headers without having asked', '');
    if (this.#client.pedantic && !isLiteral(message.subject)) this.#error('Invalid Publish Subject');
    this.#confirm();
    this.#options.router.publish(this, message);
  }

  #subscribe({ subject, queue, sid }: { subject: string; queue: string; sid: string }): void {
    if (!isSubscribable(subject)) return this.#error('Invalid Subject');
    if (this.#subscriptions.size >= this.#options.limits.maxSubscriptions) {
      return this.#error('maximum subscriptions exceeded');
    }
    // A second subscription by the same id is none, as nats-server has it.
    if (!this.#subscriptions.has(sid)) {
      const subscription = { subject, queue, sid, receiver: this, delivered: 0, max: 0 };
      this.#subscriptions.set(sid, subscription);
      this.#options.router.subscribe(subscription);
    }
    this.#confirm();
  }

  #unsubscribe({ sid, max }: { sid: string; max: number }): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined && max > subscription.delivered) {
      subscription.max = max;
    } else if (subscription !== undefined) {
      this.#subscriptions.delete(sid);
      this.#options.router.unsubscribe(subscription);
    }
    this.#confirm();
  }

  #confirm(): void {
    if (this.#client.verbose) this.#output.text('+OK\r\n');
  }

  #error(text: string): void {
    this.#output.text(`-ERR '${text}'\r\n`);
  }

  #cut(reason: string, reply: string): void {
    this.#options.log.warn('client cut', { client: this.#options.id, reason });
    this.refuse(reply);
  }

  /** Without a word, as nats-server does it: the reader is in the middle of a message. */
  #cutSlowReader(reason: string): void {
    this.#options.log.warn('client cut', { client: this.#options.id, reason: `reads too slowly: ${reason}` });
    this.destroy();
  }

  #nextTick(): () => void {
    return this.#options.timers.after(this.#options.limits.pingIntervalMs, () => this.#tick());
  }

  #tick(): void {
    if (!this.#heard && this.#pingsOut >= this.#options.limits.maxPingsOut)
      return this.#cut('stale', 'Stale Connection');
    if (this.#heard) this.#pingsOut = 0;
    else {
      this.#pingsOut += 1;
      this.#output.text('PING\r\n');
    }
    this.#heard = false;
    this.#cancelTimer = this.#nextTick();
  }
}
