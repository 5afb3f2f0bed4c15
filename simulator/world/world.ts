// A simulated world: machines, a network between them, and time, all from one seed.
//
// 1. Everything random comes from the seed, and what happens at the same time happens in the order in which it was decided: a seed replays.
// 2. Nothing here reads a clock, the system's randomness, or anything else from outside.
import type { Draft } from '../../src/model/message.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { newTally, type FaultKind } from '../faults.ts';
import { Dice } from './dice.ts';
import { Digest } from './digest.ts';
import { EventHeap } from './event-heap.ts';
import { FileSystem } from './file-system.ts';
import { Machine } from './machine.ts';
import { MachineClock } from './machine-clock.ts';
import { Network } from './network.ts';
import type { Witness } from './witness.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Wall clocks that nothing is done to. */
  readonly honestWalls?: boolean;
  /** Gets the history, line by line. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** Streams of the seed. */
const ofNetwork = 1;
const ofMachines = 1000;

export class World {
  now = 0;
  steps = 0;
  messages = 0;
  packets = 0;
  witness: Witness | undefined;
  readonly digest = new Digest();
  /** Of what happens, and when; not of what is written. */
  readonly course = new Digest();
  readonly tally = newTally();
  readonly machines: Machine[] = [];
  readonly network: Network;
  /** A node has died: whoever wants it back starts it. */
  onDeath: (machine: Machine) => void = () => undefined;
  onWarning: (machine: Machine, text: string) => void = () => undefined;
  readonly options: WorldOptions;
  private readonly heap = new EventHeap();

  constructor(options: WorldOptions) {
    this.options = options;
    this.network = new Network(this, new Dice(options.seed, ofNetwork));
  }

  add(name: string, rate = 1): Machine {
    return this.addMachine(name, { store: new MemoryStore(), files: new FileSystem(), rate });
  }

  /** A second machine with the same node on it, as it is now. */
  addTwin(of: Machine): Machine {
    const twin = this.addMachine(of.name, {
      store: new MemoryStore(of.disk.store),
      files: new FileSystem(of.files),
      rate: 1,
    });
    twin.limits = of.limits;
    twin.retention = of.retention;
    this.note(twin, 'a twin');
    this.witness?.exchanged(twin, 'twin');
    return twin;
  }

  /** A second machine with a node of that name, which knows nothing yet. */
  addStray(of: Machine): Machine {
    const stray = this.addMachine(of.name, { store: new MemoryStore(), files: new FileSystem(), rate: 1 });
    stray.limits = of.limits;
    stray.retention = of.retention;
    this.note(stray, 'a stray node');
    this.witness?.exchanged(stray, 'stray');
    return stray;
  }

  private addMachine(name: string, of: { store: MemoryStore; files: FileSystem; rate: number }): Machine {
    const index = this.machines.length;
    const clock = new MachineClock({
      now: () => this.now,
      rate: of.rate,
      honest: this.options.honestWalls === true,
    });
    const dice = new Dice(this.options.seed, ofMachines + index);
    const machine = new Machine(this, { name, index, store: of.store, files: of.files, clock, dice });
    this.machines.push(machine);
    return machine;
  }

  at(delayMs: number, act: () => void): void {
    this.heap.add(this.now + delayMs, act);
  }

  /** Runs until the time, or until nothing is left to happen. */
  runUntil(time: number): void {
    for (let due = this.heap.take(time); due !== undefined; due = this.heap.take(time)) {
      this.now = due.at;
      due.act();
    }
    this.now = Math.max(this.now, time);
  }

  count(kind: FaultKind, times = 1): void {
    this.tally[kind] += times;
  }

  accepted(machine: Machine, ids: readonly string[], drafts: readonly Draft[]): void {
    this.messages += ids.length;
    this.witness?.answered(machine, ids, drafts);
  }

  warn(machine: Machine, text: string, data: Readonly<Record<string, unknown>>): void {
    this.onWarning(machine, text);
    if (this.options.tell !== undefined) this.note(machine, `warns: ${text} ${JSON.stringify(data)}`);
  }

  /** A line of the history: time, node, what happened, and to which message. */
  note(machine: Machine | string, what: string, id = ''): void {
    const { tell } = this.options;
    if (tell === undefined) return;
    const name = typeof machine === 'string' ? machine : machineName(machine);
    tell(`${(this.now / 1000).toFixed(6).padStart(14)}  ${name.padEnd(9)} ${what}${id === '' ? '' : `  ${id}`}`);
  }

  get isTelling(): boolean {
    return this.options.tell !== undefined;
  }
}

export function machineName(machine: Machine): string {
  const first = machine.world.machines.find((other) => other.name === machine.name);
  return first === machine ? machine.name : `${machine.name}#${machine.index}`;
}
