// Four simulated nodes in a row, each of which reaches its neighbours only: what central sends to the island two others carry.
import type { Draft } from '../../src/model/message.ts';
import type { OutboxRecord } from '../../src/model/record.ts';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from './simulated-world.ts';

export const calm: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 };
export const via = ['gateway1', 'gateway2'];

export interface Chain {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly first: SimulatedNode;
  readonly second: SimulatedNode;
  readonly island: SimulatedNode;
  readonly all: readonly [SimulatedNode, SimulatedNode, SimulatedNode, SimulatedNode];
}

const names = ['central', 'gateway1', 'gateway2', 'island'] as const;
const place = (name: string): number => names.findIndex((one) => one === name);

export function chain(faults: Faults = calm, seed = 1): Chain {
  const { w, nodes } = worldOf({ faults, seed }, ...names);
  w.reaches = (from, to) => Math.abs(place(from) - place(to)) <= 1;
  const [central, first, second, island] = nodes;
  return { w, central, first, second, island, all: nodes };
}

export function worldOf<const Names extends readonly string[]>(
  { faults = calm, seed = 1 }: { readonly faults?: Faults; readonly seed?: number },
  ...names: Names
): { readonly w: SimulatedWorld; readonly nodes: { readonly [K in keyof Names]: SimulatedNode } } {
  const w = new SimulatedWorld(seed, faults);
  return { w, nodes: names.map((name) => w.add(name)) as { [K in keyof Names]: SimulatedNode } };
}

export function up(w: SimulatedWorld, nodes: readonly SimulatedNode[]): void {
  for (const node of nodes) w.start(node);
  w.runUntil(w.now + 500);
}

/** From central to the island. */
export const far = (more: Partial<Draft['message']> = {}): Draft => draft('island', 'cliCommand', { via, ...more });

/** Of the node itself: neither what it carries, nor answers and orders. */
export const own = ({ store }: SimulatedNode): readonly OutboxRecord[] =>
  store
    .contents()
    .outbox.filter(({ isReply, origin, lane }) => !isReply && origin === null && !lane.startsWith('control'));

export const carried = ({ store }: SimulatedNode): readonly OutboxRecord[] =>
  store.contents().outbox.filter(({ origin }) => origin !== null);

export const states = (node: SimulatedNode): readonly string[] => own(node).map(({ state }) => state);

export const ran = (w: SimulatedWorld, id: string): number => w.runs.filter((run) => run.id === id).length;
