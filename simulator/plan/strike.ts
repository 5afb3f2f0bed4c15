// Lets a fault happen: each kind at a moment and on a machine that the seed has drawn.
import { isControl, wireLane } from '../../src/model/lane.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { FaultKind } from '../faults.ts';
import type { Dice } from '../world/dice.ts';
import type { Machine } from '../world/machine.ts';
import type { Partition } from '../world/network.ts';
import type { World } from '../world/world.ts';

/** Faults that last, and what ends them. */
export interface Lasting {
  readonly ends: Set<() => void>;
}

export interface Blow {
  readonly world: World;
  readonly dice: Dice;
  readonly lasting: Lasting;
  readonly victim: Machine;
}

const yearMs = 365 * 86_400_000;

export function strike(kind: FaultKind, blow: Blow): void {
  const { world, dice, victim } = blow;
  switch (kind) {
    case 'crash':
    case 'power':
      return victim.die(kind);
    case 'crash-before':
    case 'crash-after':
      return victim.disk.dieAtCommit(kind, dice.whole(1, 6));
    case 'process':
      victim.crashAfterPoints = dice.whole(1, 40);
      return;
    case 'stop':
      return victim.stop();
    case 'mid-run':
    case 'torn':
      victim.methods.dieIn = kind;
      return;
    case 'cut':
      world.count(kind);
      return world.network.cut(victim, dice.about(2_000));
    case 'broker':
      world.count(kind);
      return world.network.restart(dice.about(1_500));
    case 'partition':
      return partition(blow);
    case 'deaf':
    case 'mute':
      return halfOpen(kind, blow);
    case 'version':
      return foreign(blow);
    case 'full':
      return full(blow);
    case 'wipe':
      return victim.exchangeStore(kind, new MemoryStore());
    case 'restore':
      return restore(blow);
    case 'twin':
      return twin(blow);
    case 'stray':
      return stray(blow);
    case 'cancel':
      return cancel(blow);
    case 'clock-jump':
      world.count(kind);
      return victim.clock.jump((dice.next() - 0.5) * dice.of([60_000, 86_400_000, 4 * yearMs]));
    case 'clock-1970':
      world.count(kind);
      return victim.clock.sayNineteenSeventy();
    // Packet faults have rates, methods their arguments, messages their times, and a fast clock is fast from the start.
    case 'delay':
    case 'loss':
    case 'duplicate':
    case 'reorder':
    case 'late':
    case 'damage':
    case 'clock-fast':
    case 'relay':
    case 'slow':
    case 'hang':
    case 'expiry':
  }
}

/** One message, those of its lane, or all for its receiver. */
function cancel({ world, dice, victim }: Blow): void {
  const open = [...victim.disk.store.look().outbox.values()].filter(
    ({ isReply, state, lane }) => !isReply && !isControl(lane) && (state === 'queued' || dice.chance(0.5)),
  );
  if (open.length === 0 || victim.flow === undefined) return;
  const { id, to, lane } = dice.of(open);
  const filter = dice.of([{ ids: [id] }, { ids: [id] }, { to }, { to, lane: wireLane(lane) }]);
  world.count('cancel');
  world.note(victim, `cancels ${JSON.stringify(filter)}`);
  victim.step({ type: 'cancel', filter, running: dice.chance(0.7), reason: 'cancelled', answer: () => undefined });
}

/** Ends by itself after a while, or with the storm. */
function last(blow: Blow, forMs: number, end: () => void): void {
  const { world, lasting } = blow;
  const once = (): void => {
    if (lasting.ends.delete(once)) end();
  };
  lasting.ends.add(once);
  world.at(forMs, once);
}

function partition(blow: Blow): void {
  const { world, dice } = blow;
  const members = new Set(world.machines.filter(() => dice.chance(0.5)));
  const made: Partition = { members, silent: dice.chance(0.5) };
  world.count('partition');
  world.note('broker', `is parted: ${[...members].map(({ name }) => name).join(' ')}`);
  world.network.partitions.add(made);
  last(blow, dice.about(6_000), () => {
    world.network.partitions.delete(made);
    world.note('broker', 'is whole again');
  });
}

/** Until the ping of the link finds it out. */
function halfOpen(kind: 'deaf' | 'mute', blow: Blow): void {
  const { world, dice, victim } = blow;
  if (!victim.linked) return;
  world.count(kind);
  world.note(victim, `is ${kind}`);
  if (kind === 'deaf') victim.hears = false;
  else victim.isHeard = false;
  const { connection } = victim;
  last(blow, dice.about(6_000), () => {
    if (victim.connection === connection && victim.linked) world.network.cut(victim, dice.next() * 200);
  });
}

function foreign(blow: Blow): void {
  const { dice, victim } = blow;
  victim.foreign = true;
  last(blow, dice.about(8_000), () => (victim.foreign = false));
}

function full(blow: Blow): void {
  const { world, dice, victim } = blow;
  world.count('full');
  world.note(victim, 'disk full');
  victim.disk.full = true;
  last(blow, dice.about(3_000), () => victim.disk.free());
}

/**
 * A copy is made now, and put back later, unless the disk of a twin has taken the place of its own meanwhile: then the files are not those that the copy
 * tells of. Some find out by themselves that their end is gone (store/examine.ts).
 */
function restore(blow: Blow): void {
  const { world, dice, victim } = blow;
  const { disksOfTwins } = victim;
  const copy = new MemoryStore(victim.disk.store);
  if (dice.chance(0.4)) copy.apply([{ op: 'meta', key: 'lost', value: '1' }]);
  world.note(victim, 'store copied');
  last(blow, dice.about(8_000), () => {
    if (victim.disksOfTwins === disksOfTwins) victim.exchangeStore('restore', copy);
  });
}

/** Nobody wants it: it goes after a while, with all that it was sent. */
function stray({ world, dice, lasting, victim }: Blow): void {
  world.count('stray');
  const other = world.addStray(victim);
  other.start();
  last({ world, dice, lasting, victim }, dice.about(10_000), () => {
    other.retire();
    world.witness?.exchanged(other, 'stray');
  });
}

/** Both run for a while; then one of them is stopped for good, and what it alone knew is gone. */
function twin(blow: Blow): void {
  const { world, dice, victim } = blow;
  world.count('twin');
  const other = world.addTwin(victim);
  other.start();
  last(blow, dice.about(15_000), () => {
    const winner = dice.chance(0.5);
    const store = new MemoryStore(other.disk.store);
    const files = new Map(other.files.files);
    other.retire();
    world.witness?.exchanged(other, 'twin-end');
    if (!winner) return;
    victim.exchangeStore('twin-end', store);
    victim.disksOfTwins += 1;
    victim.files.files.clear();
    for (const [path, content] of files) victim.files.files.set(path, content);
  });
}
