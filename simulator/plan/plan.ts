// What a seed is going to do: how many nodes, which faults, and how often. Drawn before anything happens.
import { noLimits, type Limits } from '../../src/flow/limits.ts';
import type { RetentionOptions } from '../../src/flow/options.ts';
import { faultKinds, type FaultKind } from '../faults.ts';
import { Dice } from '../world/dice.ts';
import { noPacketFaults, type PacketFaults } from '../world/network.ts';

export interface PlanOptions {
  readonly seed: number;
  /** Fixes the number of nodes. */
  readonly nodes?: number | undefined;
  /** Only these faults. */
  readonly only?: readonly FaultKind[] | undefined;
}

export interface Plan {
  readonly nodes: number;
  readonly kinds: ReadonlySet<FaultKind>;
  readonly packets: PacketFaults;
  readonly latency: { readonly least: number; readonly more: number };
  /** How long things go wrong, ms. */
  readonly stormMs: number;
  /** Part of the storm may lie hours behind the rest, where packets come that late. */
  readonly pauseMs: number;
  readonly submissions: number;
  /** How many of the messages go by others, of one. */
  readonly relayed: number;
  /** How many of the messages have a priority of their own, of one. */
  readonly ranked: number;
  /** How many of the messages wait for others to succeed, of one. */
  readonly held: number;
  /** How many of the commands print while they run, of one. */
  readonly streamed: number;
  /** How many of the messages are run again and again, of one; and how often somebody pauses, resumes or cancels such a one. */
  readonly scheduled: number;
  readonly orders: number;
  /** How often each kind strikes. */
  readonly strikes: ReadonlyMap<FaultKind, number>;
  readonly slowestDiskMs: number;
  readonly usualMethodMs: number;
  readonly retry: number;
  /** What the nodes let wait and run: in some seeds so little that it is met all the time. */
  readonly limits: Limits;
  /** What the nodes remove of what is finished: in some seeds soon, in some nearly all of it. */
  readonly retention: RetentionOptions;
}

/** How likely a seed has it, and how often it strikes then, at most. Packet faults have rates instead. */
const usual: Readonly<Record<FaultKind, { readonly chance: number; readonly most: number }>> = {
  delay: { chance: 0.4, most: 0 },
  loss: { chance: 0.6, most: 0 },
  duplicate: { chance: 0.5, most: 0 },
  reorder: { chance: 0.4, most: 0 },
  late: { chance: 0.15, most: 0 },
  damage: { chance: 0.2, most: 0 },
  version: { chance: 0.1, most: 2 },
  cut: { chance: 0.5, most: 8 },
  partition: { chance: 0.25, most: 4 },
  deaf: { chance: 0.2, most: 4 },
  mute: { chance: 0.2, most: 4 },
  broker: { chance: 0.2, most: 3 },
  crash: { chance: 0.6, most: 10 },
  power: { chance: 0.3, most: 5 },
  'crash-before': { chance: 0.4, most: 6 },
  'crash-after': { chance: 0.4, most: 6 },
  stop: { chance: 0.2, most: 4 },
  process: { chance: 0.3, most: 12 },
  'mid-run': { chance: 0.3, most: 5 },
  torn: { chance: 0.3, most: 5 },
  full: { chance: 0.2, most: 4 },
  wipe: { chance: 0.08, most: 2 },
  restore: { chance: 0.08, most: 2 },
  twin: { chance: 0.05, most: 1 },
  'clock-jump': { chance: 0.04, most: 6 },
  'clock-fast': { chance: 0.1, most: 1 },
  'clock-1970': { chance: 0.03, most: 2 },
  slow: { chance: 0.3, most: 0 },
  hang: { chance: 0.15, most: 0 },
  expiry: { chance: 0.5, most: 0 },
  cancel: { chance: 0.3, most: 10 },
  relay: { chance: 0.35, most: 0 },
  stray: { chance: 0.12, most: 2 },
};

const mostNodes = 200;
/** A stream of its own, so that the rest of a plan is what it was without it. */
const ofRetention = 3;
const ofCancel = 5;
const ofRelay = 7;
const ofPriority = 9;
const ofStreams = 11;
const ofHeld = 13;
const ofStray = 15;
const ofSchedules = 17;

export function drawPlan(options: PlanOptions): Plan {
  const dice = new Dice(options.seed, 0);
  const relay = new Dice(options.seed, ofRelay);
  const priority = new Dice(options.seed, ofPriority);
  const streams = new Dice(options.seed, ofStreams);
  const held = new Dice(options.seed, ofHeld);
  const cancel = new Dice(options.seed, ofCancel);
  const stray = new Dice(options.seed, ofStray);
  const schedules = new Dice(options.seed, ofSchedules);
  const wanted = options.only;
  // Drawn for every kind, so that `--only` leaves the rest of the plan as it is.
  const drawn = faultKinds.map((kind) => {
    const { chance, most } = usual[kind];
    const own = kind === 'cancel' ? cancel : kind === 'relay' ? relay : kind === 'stray' ? stray : dice;
    const has = own.chance(chance);
    const times = own.whole(1, Math.max(1, most));
    return { kind, has: wanted === undefined ? has : wanted.includes(kind), times };
  });
  const kinds = new Set(drawn.flatMap(({ kind, has }) => (has ? [kind] : [])));
  const rate = (kind: FaultKind, most: number): number => {
    const drawnRate = dice.next() ** 2 * most + 0.005;
    return kinds.has(kind) ? drawnRate : 0;
  };
  const packets = {
    ...noPacketFaults,
    delay: rate('delay', 0.05),
    loss: rate('loss', 0.35),
    duplicate: rate('duplicate', 0.35),
    reorder: rate('reorder', 0.2),
    late: rate('late', 0.03),
    damage: rate('damage', 0.05),
  };
  const nodes = Math.min(mostNodes, options.nodes ?? drawNodes(dice));
  const least = dice.of([0.2, 0.2, 2, 20, 300]);
  return {
    nodes,
    kinds,
    packets,
    latency: { least, more: least * dice.of([0.1, 1, 3]) },
    stormMs: dice.between(20_000, 90_000),
    pauseMs: kinds.has('late') && dice.chance(0.6) ? dice.between(1, 5) * 3_600_000 : 0,
    submissions: 13 + dice.whole(0, 8) + Math.min(40, nodes * 2),
    relayed: kinds.has('relay') && nodes > 2 ? relay.between(0.1, 0.9) : 0,
    ranked: priority.chance(0.3) ? priority.between(0.1, 0.9) : 0,
    held: held.chance(0.3) ? held.between(0.1, 0.7) : 0,
    streamed: streams.chance(0.2) ? streams.between(0.2, 0.9) : 0,
    ...drawSchedules(schedules),
    strikes: new Map(drawn.flatMap(({ kind, has, times }) => (has ? [[kind, times] as const] : []))),
    slowestDiskMs: dice.of([2, 2, 10, 100]),
    usualMethodMs: dice.of([20, 200, 200, 1000]),
    retry: kinds.has('full') ? dice.next() * 0.3 : 0,
    limits: drawLimits(dice),
    retention: drawRetention(new Dice(options.seed, ofRetention)),
  };
}

function drawSchedules(dice: Dice): Pick<Plan, 'scheduled' | 'orders'> {
  const has = dice.chance(0.25);
  const [scheduled, orders] = [dice.between(0.1, 0.5), dice.whole(0, 12)];
  return has ? { scheduled, orders } : { scheduled: 0, orders: 0 };
}

function drawLimits(dice: Dice): Limits {
  if (dice.chance(0.6)) return noLimits;
  const queued = dice.chance(0.3) ? dice.whole(4, 30) : Infinity;
  return {
    ...noLimits,
    queuedMessages: queued,
    queuedBytesPerNode: dice.chance(0.2) ? 20_000 : Infinity,
    inboxMessages: dice.chance(0.8) ? dice.whole(1, 6) : Infinity,
    inboxBytes: dice.chance(0.3) ? dice.whole(1, 4_000) : Infinity,
    runningPerSender: dice.whole(1, 3),
    runningTotal: dice.whole(1, 4),
  };
}

/** The store in memory counts 1 KiB for a row. */
function drawRetention(dice: Dice): RetentionOptions {
  const [isShort, isSmall] = [dice.chance(0.3), dice.chance(0.3)];
  const [keepMs, rows] = [dice.between(1_000, 120_000), dice.whole(4, 60)];
  return { keepMs: isShort ? keepMs : null, databaseBytes: isSmall ? rows * 1024 : null };
}

/** Mostly two to twelve; of a hundred seeds two have up to sixty. */
function drawNodes(dice: Dice): number {
  if (dice.chance(0.02)) return dice.whole(13, 60);
  return Math.min(12, 2 + Math.floor(dice.about(3)));
}
