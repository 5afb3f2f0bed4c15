// How many messages, and how many bytes of them, lie somewhere: by node, and in all.
//
// 1. Where nothing is left of a node, nothing is counted of it: its last message takes all bytes with it.
// 2. Memory: one entry for a node of which something is there.
import type { NodeName } from '../model/node-name.ts';
import type { KeptAmount as Amount } from '../model/store-op.ts';

const nothing: Amount = { messages: 0, bytes: 0 };

export interface Recount {
  /** Takes the answer of the store. */
  readonly found: (amount: Amount) => void;
  /** The store is not asked after all. */
  readonly dropped: () => void;
}

export class Load {
  private readonly byNode = new Map<NodeName, Amount>();
  private all = nothing;
  /** What has come and gone since the store was asked how much there is of a node. */
  private readonly recounts = new Set<{ readonly node: NodeName; since: Amount }>();

  of(node: NodeName): Amount {
    return this.byNode.get(node) ?? nothing;
  }

  get total(): Amount {
    return this.all;
  }

  add(node: NodeName, amount: Amount): void {
    this.put(node, sum(this.of(node), amount));
    this.note(node, amount);
  }

  remove(node: NodeName, amount: Amount): void {
    const gone = { messages: -amount.messages, bytes: -amount.bytes };
    this.put(node, sum(this.of(node), gone));
    this.note(node, gone);
  }

  /** To be called when the store is asked. */
  recount(node: NodeName): Recount {
    const recount = { node, since: nothing };
    this.recounts.add(recount);
    return {
      found: (amount) => {
        this.recounts.delete(recount);
        this.put(node, sum(amount, recount.since));
      },
      dropped: () => void this.recounts.delete(recount),
    };
  }

  /** How many answers of the store are waited for. */
  get underWay(): number {
    return this.recounts.size;
  }

  private note(node: NodeName, amount: Amount): void {
    for (const recount of this.recounts) if (recount.node === node) recount.since = sum(recount.since, amount);
  }

  private put(node: NodeName, amount: Amount): void {
    const before = this.of(node);
    const after = amount.messages > 0 ? { messages: amount.messages, bytes: Math.max(0, amount.bytes) } : nothing;
    if (after.messages === 0) this.byNode.delete(node);
    else this.byNode.set(node, after);
    this.all = sum(this.all, { messages: after.messages - before.messages, bytes: after.bytes - before.bytes });
  }
}

function sum(one: Amount, other: Amount): Amount {
  return { messages: one.messages + other.messages, bytes: one.bytes + other.bytes };
}
