// The checker: keeps what truly happened, and judges everything that the nodes make durable, say, or run.
//
// Boundary. From: the world, as its witness. To: the invariants, one file each beside this one; violations to whoever ran the seed.
// 1. It sees the truth of all stores, and changes nothing: a world with and without it has the same history.
// 2. Where a lost or doubled store weakens an invariant, it does so for the messages that this store can have forgotten, and for no other.
import type { RunRequest } from '../../src/methods/run.ts';
import type { Draft, Outcome } from '../../src/model/message.ts';
import type { InboxRecord, OutboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import { isAccepted } from '../../src/store/memory-queue.ts';
import type { FaultKind } from '../faults.ts';
import type { Machine } from '../world/machine.ts';
import type { Witness } from '../world/witness.ts';
import { checkAccept, noteOrder } from './accepts.ts';
import { checkPublished } from './acks.ts';
import { checkAnswers } from './answers.ts';
import { checkBounds } from './bounds.ts';
import { checkCarry } from './carries.ts';
import type { Branch, Exchange, MessageFacts } from './facts.ts';
import { checkHeld, waitsForLost } from './held.ts';
import { messageFacts } from './message-facts.ts';
import { checkAttempts, checkPureRuns, checkRun, checkStarts } from './runs.ts';
import { checkPrune } from './prunes.ts';
import { checkScheduledRun, checkSchedules, isRunRow, type RunFacts } from './schedules.ts';
import { checkSettle } from './settles.ts';
import { checkStreamFiles, checkStreams, checkTook, type StreamFacts } from './streams.ts';

export interface Violation {
  /** Its name: I1 to I10, or P1 to P9. */
  readonly invariant: string;
  readonly text: string;
  readonly at: number;
  /** The message that it is about, where it is about one. */
  readonly id: string;
}

const mostViolations = 20;

function isAwaited(record: OutboxRecord): boolean {
  return isAccepted(record.state) || record.replyState === 'pending';
}

export interface StoreRows {
  readonly outbox: readonly OutboxRecord[];
  readonly inbox: readonly InboxRecord[];
}

function rowsOf(machine: Machine): StoreRows {
  const { outbox, inbox } = machine.disk.store.look();
  return { outbox: [...outbox.values()], inbox: [...inbox.values()] };
}

/** What the store of a machine holds, by message id, and how far each of its lanes has got. */
interface Ledger {
  readonly branch: Branch;
  readonly outbox: Map<string, number>;
  readonly inbox: Map<string, number>;
  /** What this store has held until it was finished and removed. */
  readonly pruned: { readonly outbox: Set<string>; readonly inbox: InboxRecord[] };
  /** Order of intake of the last message that was accepted, by lane. */
  readonly lastAccepted: Map<string, number>;
  /** The last part of each output that it has accepted, by request. */
  readonly lastPart: Map<string, number>;
}

export class Judge implements Witness {
  readonly violations: Violation[] = [];
  readonly messages = new Map<string, MessageFacts>();
  /** Outputs that come in parts, by request. */
  readonly streams = new Map<string, StreamFacts>();
  /** Runs that schedules have made, by id. */
  readonly scheduledRuns = new Map<string, RunFacts>();
  /** When a node last began a new incarnation. */
  private readonly renewals = new Map<string, number>();
  private readonly exchanges = new Map<string, Exchange[]>();
  private readonly ledgers = new Map<Machine, Ledger>();
  private readonly losses = new Map<string, number>();
  private sequence = 0;
  /** Where the commit under way removes something: what the store held before. */
  private before: StoreRows | undefined;

  report(machine: Machine, violation: { invariant: string; text: string; id?: string }): void {
    const { invariant, text, id = '' } = violation;
    if (this.violations.length >= mostViolations) return;
    this.violations.push({ invariant, text: `${text}, at ${machine.name}`, at: machine.world.now, id });
    machine.world.note(machine, `VIOLATES ${invariant}: ${text}`, id);
  }

  ledgerOf(machine: Machine): Ledger {
    const known = this.ledgers.get(machine);
    if (known !== undefined) return known;
    const { outbox, inbox } = machine.disk.store.look();
    const ledger: Ledger = {
      branch: { node: machine.name, endedBy: undefined },
      outbox: new Map([...outbox.values()].map((record) => [record.id, record.ord])),
      inbox: new Map([...inbox.values()].map((record) => [record.id, record.ord])),
      lastAccepted: new Map(),
      lastPart: new Map(),
      pruned: { outbox: new Set(), inbox: [] },
    };
    this.ledgers.set(machine, ledger);
    for (const record of inbox.values()) {
      const facts = this.messages.get(record.id);
      if (facts !== undefined) noteOrder(ledger.lastAccepted, facts);
    }
    return ledger;
  }

  /** Whether a store of this node, or of one of these, has been exchanged in one of these ways, after that time. */
  wasExchanged(
    nodes: string | readonly string[],
    how: readonly Exchange['how'][] = ['wipe', 'restore', 'twin', 'twin-end', 'stray'],
    after = -1,
  ): boolean {
    return [nodes]
      .flat()
      .some((node) => this.exchanges.get(node)?.some((exchange) => exchange.at >= after && how.includes(exchange.how)));
  }

  /** Whether it has begun a new incarnation since then. */
  wasRenewed(node: string, after: number): boolean {
    return (this.renewals.get(node) ?? -1) >= after;
  }

  countExchanges(node: string): number {
    return this.exchanges.get(node)?.length ?? 0;
  }

  /** How often this machine, of those of its name, has given up all its lanes to that node, this time included. */
  countLoss({ name, index }: Machine, to: string): number {
    const key = `${name}#${index} ${to}`;
    const count = (this.losses.get(key) ?? 0) + 1;
    this.losses.set(key, count);
    return count;
  }

  /** Whether two stores of this node may know different things since: it went back in time, or there were two. */
  wentBack(nodes: string | readonly string[], after = -1): boolean {
    return this.wasExchanged(nodes, ['restore', 'twin-end'], after) || this.wasExchanged(nodes, ['twin']);
  }

  /** How many of its messages are not settled, or wait for their answers, and how many that it accepted have not ended. */
  openOf(machine: Machine): number {
    const { outbox, inbox } = machine.disk.store.look();
    let open = 0;
    for (const record of outbox.values()) {
      if (record.open ? !this.isHeldForLost(machine, record) : isAwaited(record) && !this.isLost(machine, record))
        open += 1;
    }
    for (const record of inbox.values()) if (record.state !== 'ended') open += 1;
    return open;
  }

  /** A store may have forgotten it, and its answer with it. */
  private isLost(machine: Machine, record: OutboxRecord): boolean {
    const facts = this.messages.get(record.id);
    // Of what others carry `record.to` is the first of them, and not its receiver.
    return this.wasExchanged([machine.name, record.to, ...(facts === undefined ? [] : [...facts.senders, facts.to])]);
  }

  /** It waits for such a one. */
  isHeldForLost(machine: Machine, record: OutboxRecord): boolean {
    return waitsForLost(this, machine, record, (awaited) => this.isLost(machine, awaited));
  }

  answered(machine: Machine, ids: readonly string[], _drafts: readonly Draft[]): void {
    const ledger = this.ledgerOf(machine);
    for (const id of ids) {
      if (!ledger.outbox.has(id))
        this.report(machine, { invariant: 'I1', text: 'intake said "accepted" of what is not durable', id });
      const facts = this.messages.get(id);
      if (facts !== undefined) facts.answered = true;
    }
  }

  willCommit(machine: Machine, ops: readonly StoreOp[], uptime: number): void {
    const ledger = this.ledgerOf(machine);
    this.before = undefined;
    if (ops.some(({ op }) => op === 'outbox-prune' || op === 'inbox-prune')) this.before = rowsOf(machine);
    for (const op of ops) {
      if (op.op !== 'outbox-add') continue;
      ledger.outbox.set(op.record.id, op.record.ord);
      const known = this.messages.get(op.record.id);
      if (known !== undefined) checkCarry(this, machine, { record: op.record, facts: known, ops });
      if (known !== undefined) continue;
      this.sequence += 1;
      this.messages.set(
        op.record.id,
        messageFacts(machine, { record: op.record, ops, sequence: this.sequence, uptime }),
      );
    }
    for (const op of ops) {
      if (op.op === 'meta' && op.key === 'incarnation') {
        this.renewals.set(machine.name, machine.world.now);
        // All counts begin again: what goes again comes behind what went on meanwhile.
        ledger.lastAccepted.clear();
      }
      if (op.op === 'inbox-add' && isRunRow(op.record)) ledger.inbox.set(op.record.id, op.record.ord);
      else if (op.op === 'inbox-add') {
        checkAccept(this, machine, op.record);
        ledger.inbox.set(op.record.id, op.record.ord);
      } else checkSettle(this, machine, { op, ops });
      checkHeld(this, machine, { op, ops, uptime, next: () => (this.sequence += 1) });
      if (op.op === 'inbox-end') checkAttempts(this, machine, op);
    }
    checkSchedules(this, machine, ops);
    checkAnswers(this, machine, ops);
    checkStreams(this, machine, ops);
    checkStarts(this, machine, ops);
  }

  didCommit(machine: Machine, ops: readonly StoreOp[]): void {
    checkPureRuns(this, machine, ops);
    checkBounds(this, machine, ops);
    checkStreamFiles(this, machine, ops);
    if (this.before !== undefined) checkPrune(this, machine, { before: this.before, ops });
  }

  published(machine: Machine, subject: string, bytes: Uint8Array): void {
    checkPublished(this, machine, { subject, bytes });
  }

  ran(machine: Machine, run: RunRequest): void {
    if (!checkScheduledRun(this, machine, run)) checkRun(this, machine, run);
  }

  took(machine: Machine, run: RunRequest, parts: number): void {
    checkTook(this, machine, { id: run.message.id, parts });
  }

  ended(_machine: Machine, run: RunRequest, outcome: Outcome): void {
    const facts = this.messages.get(run.message.id);
    if (facts === undefined) return;
    facts.ends.add(outcome.state);
    facts.lastEnd = outcome.state;
  }

  died(machine: Machine, _how: FaultKind): void {
    for (const record of machine.disk.store.look().inbox.values()) {
      if (record.state !== 'started') continue;
      const facts = this.messages.get(record.id);
      if (facts !== undefined) facts.interrupted = true;
      const run = this.scheduledRuns.get(record.id);
      if (run !== undefined) run.interrupted = true;
    }
  }

  exchanged(machine: Machine, how: Exchange['how']): void {
    const known = this.exchanges.get(machine.name) ?? [];
    known.push({ at: machine.world.now, how });
    this.exchanges.set(machine.name, known);
    const ledger = this.ledgers.get(machine);
    if (ledger !== undefined) ledger.branch.endedBy = how;
    this.ledgers.delete(machine);
  }

  threw(machine: Machine, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.report(machine, { invariant: 'P9', text: `the flow threw: ${text.split('\n').slice(0, 4).join(' ')}` });
  }
}
