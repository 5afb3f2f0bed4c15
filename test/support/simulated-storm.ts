// A storm over simulated nodes: messages while things go wrong, then quiet, until everything has come to rest.
import type { Draft } from '../../src/model/message.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from './simulated-world.ts';

/** What may happen to a node between two rounds. */
export type Trouble = 'crash' | 'unlink' | 'wipe' | 'copy' | 'restore' | 'full' | 'nothing';

export interface StormPlan {
  readonly faults: Faults;
  /** The first one sends most. */
  readonly nodes: readonly string[];
  readonly rounds: number;
  readonly drafts: (w: SimulatedWorld, to: string) => readonly Draft[];
  /** Each as often as it stands there. */
  readonly trouble: readonly Trouble[];
  /** Whom it may hit; all, unless told. */
  readonly victims?: readonly string[];
  /** In the end each connects once more, and its hello is heard by all who want it: what a node has lost is known by then. */
  readonly lastHello?: boolean;
}

export interface Storm {
  readonly world: SimulatedWorld;
  /** How often the store of its receiver was exchanged after a message had been submitted, where it was. */
  readonly exchanged: ReadonlyMap<string, number>;
  /** Messages that a sender had when it was put back to a store that may not hold them. */
  readonly forgotten: ReadonlySet<string>;
}

const longestPauseMs = 3_000;
const longestAbsenceMs = 2_000;
const restMs = 1_200_000;

export function runStorm(seed: number, plan: StormPlan): Storm {
  const w = new SimulatedWorld(seed, plan.faults);
  const nodes = plan.nodes.map((name) => w.add(name));
  const copies = new Map<string, MemoryStore>();
  const exchanged = new Map<string, number>();
  const forgotten = new Set<string>();
  for (const node of nodes) w.start(node);
  const oneOf = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(w.random.next() * list.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  };
  const comeBack = (node: SimulatedNode): void => {
    const { life } = node;
    w.at(w.random.next() * longestAbsenceMs, () => node.life === life && node.flow === undefined && w.start(node));
  };
  const replace = (node: SimulatedNode, store: MemoryStore): void => {
    for (const { id, from, draft } of w.accepted) {
      if (from === node.name) forgotten.add(id);
      else if (draft.message.to === node.name) exchanged.set(id, (exchanged.get(id) ?? 0) + 1);
    }
    w.replaceStore(node, store);
    comeBack(node);
  };
  const strike = (node: SimulatedNode, trouble: Trouble): void => {
    switch (trouble) {
      case 'crash':
        w.crash(node);
        return comeBack(node);
      case 'unlink': {
        w.unlink(node);
        const { life } = node;
        w.at(
          w.random.next() * longestAbsenceMs,
          () => node.life === life && node.flow !== undefined && !node.linked && w.link(node),
        );
        return;
      }
      case 'wipe':
        return replace(node, new MemoryStore());
      case 'copy':
        copies.set(node.name, new MemoryStore(node.store));
        return;
      case 'restore': {
        const copy = copies.get(node.name);
        if (copy !== undefined) replace(node, copy);
        return;
      }
      case 'full':
        node.full = true;
        w.at(w.random.next() * longestAbsenceMs, () => w.freeDisk(node));
        return;
      case 'nothing':
    }
  };
  for (let round = 0; round < plan.rounds; round += 1) {
    const [first = oneOf(nodes)] = nodes;
    const sender = w.random.next() < 0.7 ? first : oneOf(nodes);
    const to = oneOf(nodes.filter((node) => node !== sender)).name;
    w.submit(sender, plan.drafts(w, to));
    w.runUntil(w.now + w.random.next() * 800);
    const victims = nodes.filter((node) => plan.victims?.includes(node.name) ?? true);
    strike(oneOf(victims), oneOf(plan.trouble));
    w.runUntil(w.now + w.random.next() * longestPauseMs);
  }
  w.runUntil(w.now + longestPauseMs);
  for (const node of nodes) {
    w.freeDisk(node);
    if (node.flow === undefined) w.start(node);
    else if (!node.linked) w.link(node);
  }
  w.runUntil(w.now + restMs);
  if (plan.lastHello === true) {
    w.faults = { ...plan.faults, loss: 0 };
    for (const node of nodes) {
      w.unlink(node);
      w.link(node);
      w.runUntil(w.now + restMs);
    }
  }
  return { world: w, exchanged, forgotten };
}
