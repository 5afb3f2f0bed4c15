// Brings what is published to those who subscribed.
//
// From: connection.ts, subscriptions and messages. To: the receivers (connection.ts).
//
// 1. A message goes to every plain subscription that matches, and to one member of every group.
// 2. A subscription with a maximum gets exactly that many messages, and is gone with the last.
// 3. "No responders" goes to nobody but the requester, by its own plain subscription on the reply subject, and only
//    where nobody at all was given the message.
import type { Random } from '../base/random.ts';
import type { Publish } from './operation.ts';
import { SubjectTree } from './subject-tree.ts';

export interface Subscription {
  readonly subject: string;
  readonly queue: string;
  readonly sid: string;
  readonly receiver: Receiver;
  /** Messages so far. */
  delivered: number;
  /** Messages in all; 0 is without an end. */
  max: number;
}

/** What the router wants of a connection. */
export interface Receiver {
  readonly echo: boolean;
  readonly noResponders: boolean;
  /** False when the connection is closed. */
  send(subscription: Subscription, message: Publish): boolean;
  sendNoResponders(subscription: Subscription, reply: string): void;
  /** The subscription has had its last message. */
  ended(subscription: Subscription): void;
}

export class Router {
  readonly #tree = new SubjectTree<Subscription>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The subject must be subscribable. */
  subscribe(subscription: Subscription): void {
    this.#tree.insert(subscription);
  }

  unsubscribe(subscription: Subscription): void {
    this.#tree.remove(subscription);
  }

  publish(from: Receiver, message: Publish): void {
    const { plain, groups } = this.#tree.match(message.subject);
    let arrived = false;
    for (const subscription of plain) {
      if (this.#deliver(from, subscription, message)) arrived = true;
    }
    for (const group of groups) {
      if (this.#deliverToOne(from, group, message)) arrived = true;
    }
    if (!arrived && message.reply !== '' && from.noResponders) this.#tellNoResponders(from, message.reply);
  }

  /** Begins anywhere in the group, and goes on to the next while one does not take it. */
  #deliverToOne(from: Receiver, group: readonly Subscription[], message: Publish): boolean {
    const first = group.length > 1 ? Math.floor(this.#random.next() * group.length) : 0;
    for (let index = 0; index < group.length; index += 1) {
      const member = group[(first + index) % group.length];
      if (member !== undefined && this.#deliver(from, member, message)) return true;
    }
    return false;
  }

  #deliver(from: Receiver, subscription: Subscription, message: Publish): boolean {
    const { receiver, max } = subscription;
    if (receiver === from && !from.echo) return false;
    if (max > 0 && subscription.delivered >= max) return false;
    if (!receiver.send(subscription, message)) return false;
    subscription.delivered += 1;
    if (max > 0 && subscription.delivered >= max) {
      this.#tree.remove(subscription);
      receiver.ended(subscription);
    }
    return true;
  }

  #tellNoResponders(requester: Receiver, reply: string): void {
    const own = this.#tree.match(reply).plain.find((subscription) => subscription.receiver === requester);
    if (own !== undefined) requester.sendNoResponders(own, reply);
  }
}
