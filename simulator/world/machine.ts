// One simulated machine with a node on it: the node's own flow, with clock, store, files, methods and link around it.
//
// Boundary. From: the world (time), the network (frames), strikes. To: the same; the witness sees all of it.
// 1. What was begun by a life of the node is not told to the next one.
// 2. A flow that throws ends its node, as a real one does.
import { keepAll, type RetentionOptions } from '../../src/flow/options.ts';
import { Flow } from '../../src/flow/flow.ts';
import type { FlowEvent } from '../../src/flow/event.ts';
import { noLimits, type Limits } from '../../src/flow/limits.ts';
import { createIdSource } from '../../src/model/id.ts';
import type { Draft } from '../../src/model/message.ts';
import type { Policy } from '../../src/security/seal.ts';
import { digestSeals } from '../../src/security/seal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { FaultKind } from '../faults.ts';
import { Dice } from './dice.ts';
import { Disk } from './disk.ts';
import { FileSystem } from './file-system.ts';
import { MachineClock } from './machine-clock.ts';
import { MethodsHost } from './methods-host.ts';
import { simulatedMethods } from './method-results.ts';
import { perform } from './perform.ts';
import type { World } from './world.ts';

/** How long an orderly stop waits for what runs. */
const drainMs = 5_000;
const maxRunning = 8;

/** A message with this description is refused by every node. */
export const forbidden = 'forbidden';

const policy: Policy = {
  refuse: (message) => (message.description === forbidden ? 'it is forbidden here' : undefined),
};

const eventCodes: Readonly<Record<FlowEvent['type'], number>> = {
  start: 1,
  submit: 2,
  'link-up': 3,
  'link-down': 4,
  frame: 5,
  'no-responders': 6,
  timer: 7,
  done: 8,
  spawned: 9,
  'store-stalled': 10,
  'store-ready': 11,
  stop: 12,
  errors: 13,
  cancel: 14,
  parts: 15,
  forget: 16,
  schedule: 17,
};

export interface MachineOptions {
  readonly name: string;
  readonly index: number;
  readonly store: MemoryStore;
  readonly files: FileSystem;
  readonly clock: MachineClock;
  readonly dice: Dice;
}

export class Machine {
  readonly world: World;
  readonly name: string;
  readonly index: number;
  readonly disk: Disk;
  readonly files: FileSystem;
  readonly clock: MachineClock;
  readonly methods: MethodsHost;
  readonly dice: Dice;
  flow: Flow | undefined;
  /** Grows with every start and every death. */
  life = 0;
  ready = false;
  stopping = false;
  linked = false;
  retired = false;
  /** How often the disk of a twin took the place of its own, with its files. */
  disksOfTwins = 0;
  /** Grows with every connection. */
  connection = 0;
  /** Not before this time is there a connection again. */
  cutUntil = 0;
  /** A half-open link lacks one of these. */
  hears = true;
  isHeard = true;
  /** Points that its processes still pass before one of them crashes. 0: none will. */
  crashAfterPoints = 0;
  /** Its frames are of another version of the format. */
  foreign = false;
  listening = new Set<string>();
  readonly timers = new Map<string, number>();
  /** Ids of the messages that it has taken in, in their order. */
  readonly sent: string[] = [];
  limits: Limits = noLimits;
  retention: RetentionOptions = keepAll;

  constructor(world: World, options: MachineOptions) {
    this.world = world;
    this.name = options.name;
    this.index = options.index;
    this.clock = options.clock;
    this.dice = options.dice;
    this.files = options.files;
    this.disk = new Disk(this, options.store);
    this.methods = new MethodsHost(this);
  }

  /** Later, in this life of the node. */
  after(delayMs: number, act: () => void): void {
    const { life } = this;
    this.world.at(delayMs, () => {
      if (this.life === life) act();
    });
  }

  start(): void {
    if (this.flow !== undefined || this.retired) return;
    this.life += 1;
    this.ready = false;
    this.stopping = false;
    this.hears = true;
    this.isHeard = true;
    this.timers.clear();
    this.listening = new Set();
    this.methods.begin();
    this.clock.beginLife();
    const lifeDice = new Dice(Math.floor(this.dice.next() * 2 ** 32), 0);
    const idDice = new Dice(Math.floor(this.dice.next() * 2 ** 32), 1);
    this.flow = new Flow(
      {
        node: this.name,
        central: 'central',
        version: 'simulated',
        boot: Buffer.from(lifeDice.random.bytes(9)).toString('base64url'),
        random: lifeDice.random,
        wall: () => this.clock.wall(),
        monotonic: () => this.clock.monotonic(),
        seals: digestSeals,
        policy,
        methods: simulatedMethods,
        newId: createIdSource({ now: () => this.clock.wall(), random48: () => Math.floor(idDice.next() * 2 ** 48) }),
        maxRunning,
        faultPoint: ({ process, point }) => this.pass(process, point),
        limits: this.limits,
        retention: this.retention,
      },
      () => {
        this.ready = true;
        this.after(0.5 + this.dice.next(), () => this.world.network.connect(this));
      },
    );
    this.world.note(this, 'start');
    this.step({ type: 'start' });
  }

  step(event: FlowEvent): void {
    const { flow, world } = this;
    if (flow === undefined) return;
    world.steps += 1;
    for (const digest of [world.digest, world.course]) {
      digest.add(Math.floor(world.now * 1000));
      digest.add(this.index * 16 + eventCodes[event.type]);
    }
    try {
      for (const effect of flow.step(event)) {
        perform(this, effect);
        if (this.flow !== flow) return;
      }
    } catch (error) {
      world.witness?.threw(this, error);
      this.die('crash');
    }
  }

  private pass(process: string, point: string): void {
    if (this.crashAfterPoints === 0) return;
    this.crashAfterPoints -= 1;
    if (this.crashAfterPoints > 0) return;
    this.world.count('process');
    this.world.note(this, `${process} crashes at ${point}`);
    throw new Error(`planned, at ${point}`);
  }

  /** Answers whether they were refused: there are too many already. */
  submit(drafts: readonly Draft[]): boolean {
    const { flow } = this;
    if (flow === undefined) return false;
    let refused = false;
    this.step({
      type: 'submit',
      messages: drafts.map((draft) => {
        const after = draft.after?.map(String) ?? [];
        return after.length === 0 ? flow.newMessage(draft) : { ...flow.newMessage(draft), after };
      }),
      answer: (answer) => {
        if (answer.type === 'accepted') {
          this.sent.push(...answer.ids);
          this.world.accepted(this, answer.ids, drafts);
        } else {
          refused = true;
          this.world.note(this, `refused: ${answer.reason}`);
        }
      },
    });
    return refused;
  }

  /** The process ends at once; `power` ends the whole machine. */
  die(how: FaultKind): void {
    if (this.flow === undefined) return;
    const power = how === 'power';
    this.flow = undefined;
    this.ready = false;
    this.linked = false;
    this.life += 1;
    this.clock.endLife();
    this.disk.end();
    const torn = this.files.tear(this.dice, power);
    if (power) this.methods.powerOff();
    this.world.count(how);
    this.world.count('torn', torn);
    this.world.note(this, how);
    this.world.witness?.died(this, how);
    this.world.onDeath(this);
  }

  /** What runs may end, for a while; then the process does. */
  stop(): void {
    if (this.flow === undefined || this.stopping) return;
    this.stopping = true;
    this.step({ type: 'stop' });
    const until = this.world.now + drainMs;
    const wait = (): void => {
      const late = this.world.now >= until;
      if (late) this.methods.abortAll();
      if ((this.methods.underWay === 0 && this.disk.isIdle()) || this.world.now >= until + drainMs) this.die('stop');
      else this.after(late ? 50 : 20, wait);
    };
    this.after(20, wait);
  }

  /** What it finds when it starts again is this store; of a store that was restored, also what the files were stays as it is. */
  exchangeStore(how: 'wipe' | 'restore' | 'twin-end', store: MemoryStore): void {
    if (this.flow === undefined && how !== 'twin-end') this.world.count(how);
    this.die(how === 'twin-end' ? 'crash' : how);
    this.disk.store = store;
    this.disk.full = false;
    this.world.note(this, `another store: ${how}`);
    this.world.witness?.exchanged(this, how);
  }

  /** Switched off for good. */
  retire(): void {
    this.retired = true;
    this.die('power');
  }

  linkUp(): void {
    if (this.linked || this.flow === undefined) return;
    this.linked = true;
    this.hears = true;
    this.isHeard = true;
    this.connection += 1;
    this.world.note(this, 'link up');
    this.step({ type: 'link-up' });
  }

  linkDown(): void {
    if (!this.linked) return;
    this.linked = false;
    this.world.note(this, 'link down');
    this.step({ type: 'link-down' });
  }
}
