// One seed from its plan to its verdict: a storm of messages and faults, then quiet, then a look at everything.
import { checkRest } from './check/rest.ts';
import { Judge, type Violation } from './check/judge.ts';
import { headOf } from './check/schedules.ts';
import { isUnordered, priorityOf } from '../src/model/lane.ts';
import { usualPriority, type Draft } from '../src/model/message.ts';
import type { FaultKind, Tally } from './faults.ts';
import { drawDraft, plainDraft } from './plan/draw-drafts.ts';
import { drawPlan, type Plan } from './plan/plan.ts';
import { strike, type Lasting } from './plan/strike.ts';
import { Variations } from './plan/vary-drafts.ts';
import { Dice } from './world/dice.ts';
import type { Machine } from './world/machine.ts';
import { noPacketFaults } from './world/network.ts';
import { World } from './world/world.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly nodes?: number | undefined;
  readonly only?: readonly FaultKind[] | undefined;
  readonly tell?: ((line: string) => void) | undefined;
}

export interface SeedResult {
  readonly seed: number;
  /** Of its whole history. */
  readonly hash: string;
  readonly violations: readonly Violation[];
  readonly tally: Tally;
  readonly nodes: number;
  readonly messages: number;
  readonly packets: number;
  readonly steps: number;
  readonly simulatedMs: number;
  /** How long it took after the last fault until everything had its final state. */
  readonly restMs: number;
}

const ofScenario = 2;
const ofOrders = 17;
/** When the faults have stopped, every message reaches its final state within this time (I10). */
const restMostMs = 4 * 3_600_000;
const lookEveryMs = 10_000;
/** Frames that no world needs, whatever befalls it (P6). */
const framesMost = { inAll: 20_000, aMessage: 100 };
const fewProbes = 3;
const idleMs = 3_600_000;
/** A question that was put off may still be asked: the pause between two is a minute at most. */
const lastQuestionMs = 120_000;

export function runSeed(options: SeedOptions): SeedResult {
  const result = runOnce(options, false);
  const walls = result.tally['clock-jump'] + result.tally['clock-1970'];
  // What a schedule does goes by the wall clock, where it is a line of cron, or the node was off.
  if (drawPlan(options).scheduled > 0) return result;
  if (walls === 0 || result.violations.length > 0) return result;
  const honest = runOnce({ ...options, tell: undefined }, true);
  if (honest.course === result.course) return result;
  const text = 'with wall clocks that nothing is done to, the same seed takes another course';
  return { ...result, violations: [{ invariant: 'I8', text, at: 0, id: '' }] };
}

function runOnce(options: SeedOptions, honestWalls: boolean): SeedResult & { readonly course: string } {
  const plan = drawPlan(options);
  const world = new World({ seed: options.seed, honestWalls, tell: options.tell });
  const judge = new Judge();
  world.witness = judge;
  const scene = new Scene(world, plan, options.seed);
  scene.storm();
  const quietAt = world.now;
  const rested = scene.rest(judge);
  const restMs = world.now - quietAt;
  if (rested) scene.probe(judge);
  // What was cut short by a violation is not at rest.
  if (judge.violations.length === 0) checkRest(judge, world);
  if (rested && judge.violations.length === 0) scene.idle(judge);
  for (const facts of judge.messages.values()) if (facts.expiredAt !== undefined) world.count('expiry');
  const { digest, course, tally, messages, packets, steps, now } = world;
  return {
    seed: options.seed,
    hash: digest.text(),
    course: course.text(),
    violations: judge.violations,
    tally,
    nodes: plan.nodes,
    messages,
    packets,
    steps,
    simulatedMs: now,
    restMs,
  };
}

class Scene {
  private readonly world: World;
  private readonly plan: Plan;
  private readonly dice: Dice;
  private readonly lasting: Lasting = { ends: new Set() };
  private readonly own: readonly Machine[];
  private readonly variations: Variations;
  private readonly seed: number;
  private serial = 0;

  constructor(world: World, plan: Plan, seed: number) {
    this.world = world;
    this.plan = plan;
    this.seed = seed;
    const dice = new Dice(seed, ofScenario);
    this.dice = dice;
    this.variations = new Variations(world, plan, seed);
    this.own = Array.from({ length: plan.nodes }, (_none, index) => {
      const isFast = plan.kinds.has('clock-fast') && dice.chance(0.4);
      if (isFast) world.count('clock-fast');
      const machine = world.add(index === 0 ? 'central' : `ship${index}`, isFast ? dice.between(1.01, 4) : 1);
      machine.disk.slowestMs = plan.slowestDiskMs;
      machine.methods.usualMs = plan.usualMethodMs;
      machine.methods.retry = plan.retry;
      machine.limits = plan.limits;
      machine.retention = plan.retention;
      return machine;
    });
    world.network.latency = plan.latency;
  }

  /** Everything that goes wrong, and what is submitted meanwhile. */
  storm(): void {
    const { world, plan, dice } = this;
    world.onDeath = (machine) => world.at(1 + dice.about(1_500), () => machine.start());
    for (const machine of this.own) world.at(dice.next() * 50, () => machine.start());
    world.network.faults = plan.packets;
    const anyTime = (): number => {
      const time = 100 + dice.next() * plan.stormMs;
      return plan.pauseMs > 0 && dice.chance(0.4) ? time + plan.pauseMs : time;
    };
    for (let count = 0; count < plan.submissions; count += 1) world.at(anyTime(), () => this.submit());
    const [central] = this.own;
    for (const [kind, times] of plan.strikes)
      for (let count = 0; count < times; count += 1) {
        const time = anyTime();
        const victim = dice.chance(0.3) && central !== undefined ? central : dice.of(this.own);
        world.at(time, () => strike(kind, { world, dice, lasting: this.lasting, victim }));
      }
    const orders = new Dice(this.seed, ofOrders);
    for (let count = 0; count < plan.orders; count += 1)
      world.at(100 + orders.next() * (plan.stormMs + plan.pauseMs), () => this.order(orders));
    world.runUntil(100 + plan.stormMs + plan.pauseMs);
    // What a strike has begun may end later than the storm: a store is put back, a twin is stopped.
    world.runUntil(world.now + 10_000);
  }

  /** Somebody pauses a schedule, lets it go on, or cancels it. */
  private order(dice: Dice): void {
    const all = this.own.flatMap((machine) => schedulesOf(machine).map((id) => ({ machine, id })));
    if (all.length === 0) return;
    const { machine, id } = dice.of(all);
    orderSchedule(machine, [dice.of(['pause', 'pause', 'resume', 'resume', 'cancel']), id]);
  }

  /** A line of cron has no end of its own, and nobody else ends it. */
  private endCron(): void {
    for (const machine of this.own)
      for (const id of schedulesOf(machine, 'cron')) orderSchedule(machine, ['cancel', id]);
  }

  private submit(): void {
    const { dice, plan } = this;
    const [central = dice.of(this.own)] = this.own;
    const from = dice.chance(0.6) ? central : dice.of(this.own);
    const others = this.own.filter((machine) => machine !== from);
    const to = dice.of(others).name;
    const drafts = Array.from({ length: dice.whole(1, 3) }, () => {
      this.serial += 1;
      const draft = drawDraft(dice, plan, { to: dice.chance(0.7) ? to : dice.of(others).name, serial: this.serial });
      return this.variations.of(draft, {
        from: from.name,
        nodes: this.own.map(({ name }) => name),
        sent: from.sent,
      });
    });
    from.submit(drafts);
  }

  /** The faults stop. Answers whether everything came to its final state in time. */
  rest(judge: Judge): boolean {
    const { world, dice } = this;
    world.network.faults = noPacketFaults;
    for (const end of this.lasting.ends) end();
    for (const machine of world.machines) {
      machine.methods.retry = 0;
      machine.methods.dieIn = undefined;
      machine.disk.disarm();
      machine.disk.free();
    }
    world.onDeath = (machine) => world.at(1 + dice.about(1_500), () => machine.start());
    world.note('world', 'all faults have stopped');
    return this.settle(judge, Math.max(world.now, world.network.lastArrival) + restMostMs);
  }

  private settle(judge: Judge, until: number): boolean {
    const { world } = this;
    do {
      if (judge.violations.length > 0) return false;
      this.endCron();
      world.runUntil(Math.min(until, world.now + lookEveryMs));
      if (world.packets > framesMost.inAll + framesMost.aMessage * world.messages) return this.flood(judge);
      if (this.isAtRest(judge) && world.now > world.network.lastArrival) return true;
    } while (world.now < until);
    return false;
  }

  /** Without this a world that sends for ever is as good as one that does not end. */
  private flood(judge: Judge): false {
    const { packets, messages } = this.world;
    const [central] = this.own;
    const text = `${packets} frames for ${messages} messages`;
    if (central !== undefined) judge.report(central, { invariant: 'P6', text });
    return false;
  }

  private isAtRest(judge: Judge): boolean {
    return this.own.every((machine) => {
      if (machine.flow === undefined || !machine.linked) return false;
      return judge.openOf(machine) === 0;
    });
  }

  /** Once more in every lane, where a store was exchanged: what it has lost is known by then. Elsewhere in a few. */
  probe(judge: Judge): void {
    const { world, dice } = this;
    const lanes = new Map<string, { readonly from: string; readonly draft: Draft }>();
    for (const { from, to, senders, method, isReply, lane, wantsAck } of judge.messages.values()) {
      if (isReply || !wantsAck || method === 'none') continue;
      const via = senders.slice(1);
      const fileName = method === 'file' ? 'replaced' : 'probes';
      lanes.set(`${senders.join(' ')} ${to} ${lane}`, {
        from,
        draft: plainDraft(to, method, {
          unordered: isUnordered(lane),
          ...(priorityOf(lane) === usualPriority ? {} : { priority: priorityOf(lane) }),
          fileName,
          ...(via.length > 0 ? { via } : {}),
        }),
      });
    }
    const isLost = this.own.some((machine) => judge.wasExchanged(machine.name));
    const share = isLost ? 1 : fewProbes / Math.max(1, lanes.size);
    let probes = [...lanes.values()].filter(() => dice.chance(share));
    for (let before = Infinity; probes.length > 0 && probes.length < before;) {
      before = probes.length;
      // Those for which there is no room come when the others have ended.
      probes = probes.filter(
        ({ from, draft }) => this.own.find((machine) => machine.name === from)?.submit([draft]) === true,
      );
      if (!this.settle(judge, world.now + restMostMs)) return;
    }
  }

  /** Nothing waits: nothing may be sent (P6). */
  idle(judge: Judge): void {
    const { world } = this;
    world.runUntil(world.now + lastQuestionMs);
    const before = world.packets;
    world.runUntil(world.now + idleMs);
    const sent = world.packets - before;
    const [central] = this.own;
    if (sent > 0 && central !== undefined)
      judge.report(central, { invariant: 'P6', text: `${sent} frames in an hour in which nothing waits` });
  }
}

/** Their ids: of all, or of those that go by a line of cron. */
function schedulesOf({ disk }: Machine, kind?: 'cron'): readonly string[] {
  const { schedules, inbox } = disk.store.look();
  return [...schedules.keys()].flatMap((ord) => {
    const row = inbox.get(ord);
    if (row === undefined) return [];
    return kind === 'cron' && headOf(row.head).S?.e !== undefined ? [] : [row.id];
  });
}

function orderSchedule(machine: Machine, words: readonly string[]): void {
  if (!machine.ready || machine.stopping) return;
  machine.world.note(machine, `schedule ${words.join(' ')}`);
  machine.step({ type: 'schedule', words, by: machine.name, answer: () => undefined });
}
