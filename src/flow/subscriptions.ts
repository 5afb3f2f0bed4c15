// Which methods this node takes, and from whom: as its operator has set it, durably. Where nothing was set, every method from every node.
//
// 1. The methods that set it are always taken: nobody can lock the operator out by a message.
import { StewardError } from '../model/error.ts';
import { controlLane } from '../model/lane.ts';
import { isMethodName, isOperation } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { StoreOp } from '../model/store-op.ts';

interface Subscription {
  readonly stopped: boolean;
  /** The senders that it takes messages from; null: all. */
  readonly from: readonly NodeName[] | null;
  /** Wall ms; what an earlier version kept has none. */
  readonly since?: number;
}

export const subscriptionsKey = 'subscriptions';
const mostSenders = 1_000;

/** Throws `invalid-usage` for the methods that are always taken. */
export function refuseAlways(method: string): void {
  if (method === controlLane || (isMethodName(method) && isOperation(method)))
    throw new StewardError('invalid-usage', `${method} is always taken: without it nothing could be started again`);
}

export class Subscriptions {
  private byMethod = new Map<string, Subscription>();

  /** As it was kept by `set`. */
  restore(value: string | undefined): void {
    if (value !== undefined) this.byMethod = new Map(JSON.parse(value) as [string, Subscription][]);
  }

  /** What is not as it was made: stopped, or only for some senders. */
  all(): Iterable<readonly [method: string, subscription: Subscription]> {
    return this.byMethod;
  }

  isStopped(method: string): boolean {
    return this.byMethod.get(method)?.stopped ?? false;
  }

  /** Why this sender's message is not taken; undefined if it is. */
  refuse(method: string, sender: NodeName): string | undefined {
    const from = this.byMethod.get(method)?.from ?? null;
    return from === null || from.includes(sender) ? undefined : `this node takes no ${method} from ${sender}`;
  }

  /** Answers what makes it durable. Throws `invalid-usage` for a method that has to be taken from everybody. */
  set(method: string, subscription: Subscription): StoreOp {
    refuseAlways(method);
    if ((subscription.from?.length ?? 0) > mostSenders)
      throw new StewardError('invalid-usage', `at most ${mostSenders} senders can be named`);
    if (!subscription.stopped && subscription.from === null) this.byMethod.delete(method);
    else this.byMethod.set(method, subscription);
    return { op: 'meta', key: subscriptionsKey, value: JSON.stringify([...this.byMethod]) };
  }
}
