// The broker and the ways to it: delivers to whoever listens, at most once, unless a fault says otherwise.
//
// Boundary. From: perform.ts (publish), strikes. To: the machines, as frames and "no responders".
// 1. Without a fault a node's packets to another arrive in the order in which they left, as with core NATS.
// 2. Who publishes with a reply subject to nobody is told so, as with core NATS.
import type { Effect } from '../../src/flow/effect.ts';
import { parseSubject } from '../../src/model/subject.ts';
import type { Dice } from './dice.ts';
import { describeFrame } from './describe-frame.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Of one packet, as probabilities. */
export interface PacketFaults {
  readonly delay: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly late: number;
  readonly damage: number;
}

export const noPacketFaults: PacketFaults = { delay: 0, loss: 0, duplicate: 0, reorder: 0, late: 0, damage: 0 };

export interface Partition {
  readonly members: ReadonlySet<Machine>;
  /** The broker knows nothing of it: packets vanish, instead of being answered with "no responders". */
  readonly silent: boolean;
}

type Packet = Effect & { readonly type: 'publish' };

const hourMs = 3_600_000;

export class Network {
  faults: PacketFaults = noPacketFaults;
  /** One way, ms: the least, and how much may come on top. */
  latency = { least: 0.2, more: 1 };
  readonly partitions = new Set<Partition>();
  /** The broker is away until then. */
  downUntil = 0;
  /** The last packet that is under way arrives then. */
  lastArrival = 0;
  private readonly world: World;
  private readonly dice: Dice;
  private readonly lastOf = new Map<number, number>();
  /** What was under way when the broker died is gone. */
  private generation = 0;

  constructor(world: World, dice: Dice) {
    this.world = world;
    this.dice = dice;
  }

  /** As soon as there is a way. */
  connect(machine: Machine): void {
    if (machine.linked || !machine.ready || machine.stopping) return;
    const from = Math.max(machine.cutUntil, this.downUntil);
    if (from <= this.world.now) return machine.linkUp();
    machine.after(from - this.world.now + this.dice.next() * 50, () => this.connect(machine));
  }

  cut(machine: Machine, forMs: number): void {
    machine.cutUntil = this.world.now + forMs;
    machine.linkDown();
    this.connect(machine);
  }

  restart(forMs: number): void {
    this.downUntil = this.world.now + forMs;
    this.generation += 1;
    this.world.note('broker', 'restarts');
    for (const machine of this.world.machines) {
      if (!machine.linked) continue;
      machine.hears = false;
      machine.isHeard = false;
      machine.after(this.dice.next() ** 3 * 2_000, () => {
        machine.linkDown();
        this.connect(machine);
      });
    }
  }

  publish(from: Machine, packet: Packet): void {
    if (!from.linked) return;
    const { world } = this;
    world.witness?.published(from, packet.subject, packet.bytes);
    world.packets += 1;
    world.digest.addBytes(packet.bytes);
    if (world.isTelling) world.note(from, `sends ${packet.subject}: ${describeFrame(packet.bytes)}`);
    if (!from.isHeard) return;
    const bytes = from.foreign ? foreignFrame(packet.bytes) : packet.bytes;
    if (from.foreign) world.count('version');
    const route = parseSubject(packet.subject);
    if (route === undefined) return;
    const listeners = world.machines.filter((other) =>
      route.type === 'hello'
        ? other.name === 'central' || route.from === 'central' || other.listening.has(route.from)
        : other.name === route.to,
    );
    const known = listeners.filter((other) => other.linked && !this.isApart(from, other, false));
    if (known.length === 0 && packet.reply !== undefined) this.tellNobody(from, packet.reply);
    for (const to of known) this.send(from, to, { ...packet, bytes });
  }

  private tellNobody(from: Machine, subject: string): void {
    const { connection } = from;
    from.after(this.latency.least * 2, () => {
      if (from.linked && from.connection === connection && from.hears) from.step({ type: 'no-responders', subject });
    });
  }

  private send(from: Machine, to: Machine, packet: Packet): void {
    const { dice, faults, world } = this;
    const draw = dice.next();
    if (draw < faults.loss) return world.count('loss');
    this.carry(from, to, packet);
    if (!dice.chance(faults.duplicate)) return;
    world.count('duplicate');
    this.carry(from, to, packet);
  }

  private carry(from: Machine, to: Machine, packet: Packet): void {
    const { dice, faults, world, generation } = this;
    const path = from.index * 1024 + to.index;
    let time = world.now + this.latency.least + dice.next() ** 2 * this.latency.more;
    const kind = dice.next();
    const isLate = kind < faults.late;
    const overtaken = !isLate && kind < faults.late + faults.reorder;
    if (isLate) time += hourMs + dice.next() * 5 * hourMs;
    else if (overtaken) time += dice.next() ** 2 * 5_000;
    else {
      if (dice.chance(faults.delay)) {
        time += dice.next() ** 2 * 20_000;
        world.count('delay');
      }
      time = Math.max(time, (this.lastOf.get(path) ?? 0) + 0.001);
      this.lastOf.set(path, time);
    }
    if (isLate) world.count('late');
    if (overtaken) world.count('reorder');
    const damaged = dice.chance(faults.damage);
    if (damaged) world.count('damage');
    const bytes = damaged ? damage(packet.bytes, dice) : packet.bytes;
    this.lastArrival = Math.max(this.lastArrival, time);
    world.at(time - world.now, () => {
      if (!isLate && generation !== this.generation) return;
      if (to.linked && to.hears && !this.isApart(from, to, true))
        to.step({ type: 'frame', subject: packet.subject, bytes });
    });
  }

  private isApart(a: Machine, b: Machine, really: boolean): boolean {
    for (const { members, silent } of this.partitions)
      if ((really || !silent) && members.has(a) !== members.has(b)) return true;
    return false;
  }
}

function damage(bytes: Uint8Array, dice: Dice): Uint8Array {
  const wrong = Uint8Array.from(bytes);
  const at = dice.whole(0, wrong.length - 1);
  wrong[at] = (wrong[at] ?? 0) ^ (1 << dice.whole(0, 7));
  return wrong;
}

/** As a later version would begin. */
function foreignFrame(bytes: Uint8Array): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[0] = 2;
  return other;
}
