// I6: running is at most once unless the message may rerun, and `started` is durable before. I7: the next of a lane starts when the
// one before it has ended, also if that outlived the node. P2: what still runs has ended before it runs again, and nothing runs more often than it may: once, and as often
// again as its message asks for where it fails.
import { isControl, isUnordered } from '../../src/model/lane.ts';
import { isCommand } from '../../src/model/method-name.ts';
import type { RunRequest } from '../../src/methods/run.ts';
import type { InboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import { bothForgot, mayRunThoughExpired } from './accepts.ts';
import { endedIn } from './answers.ts';
import type { Deed, MessageFacts } from './facts.ts';
import { checkRunsAfter } from './held.ts';
import type { Judge } from './judge.ts';
import { headOf } from './schedules.ts';
import { noteStreamRun } from './streams.ts';

/** A command, a file method or a console begins. */
export function checkRun(judge: Judge, machine: Machine, run: RunRequest): void {
  const { id } = run.message;
  const facts = judge.messages.get(id);
  // What goes again after a loss may stand there twice.
  const states = [...machine.disk.store.look().inbox.values()].flatMap((one) => (one.id === id ? [one.state] : []));
  if (facts === undefined || states.length === 0)
    return judge.report(machine, { invariant: 'I6', text: 'runs, and was never accepted', id });
  if (!states.includes('started'))
    judge.report(machine, { invariant: 'I6', text: `runs while it is durably ${states.join(' and ')}`, id });
  if (Buffer.compare(run.body, facts.body) !== 0)
    judge.report(machine, { invariant: 'P7', text: 'runs with another body than was sent', id });
  if (machine.methods.processes.has(run.key) && !judge.wasExchanged(machine.name))
    judge.report(machine, { invariant: 'P2', text: 'runs while an earlier run of it still does', id });
  if (machine.methods.isBehindOutliving(run) && !judge.wasExchanged(machine.name))
    judge.report(machine, {
      invariant: 'I7',
      text: 'runs while the one before it, which outlived the node, still does',
      id,
    });
  checkRunsAfter(judge, machine, facts);
  noteRun(judge, machine, facts);
  noteStreamRun(judge, machine, run);
}

/** A pure method has run when, and only when, the commit that holds its outcome is durable. */
export function checkPureRuns(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  for (const id of endedIn(machine, ops)) {
    const facts = judge.messages.get(id);
    if (facts?.method === 'ping' || facts?.method === 'none' || (facts !== undefined && isControl(facts.lane)))
      noteRun(judge, machine, facts);
  }
}

/** Its last run has ended without success, and its message asks for more than there were. */
function asksForMore(facts: MessageFacts): boolean {
  const failed = facts.lastEnd === 'failed' || facts.lastEnd === 'timedOut';
  return failed && facts.runs.length <= facts.methodRetries;
}

/** What is told of a message counts every run of it, also those that a crash kept from beginning. */
export function checkAttempts(judge: Judge, machine: Machine, op: StoreOp & { op: 'inbox-end' }): void {
  const record = machine.disk.store.look().inbox.get(op.ord);
  const facts = record === undefined ? undefined : judge.messages.get(record.id);
  if (facts === undefined || judge.wasExchanged(facts.to) || judge.wasExchanged(facts.senders)) return;
  const { attempts = 1 } = JSON.parse(op.outcome) as { readonly attempts?: number };
  if (isCommand(facts.method) && attempts < facts.runs.length)
    judge.report(machine, {
      invariant: 'P3',
      text: `told of ${attempts} attempts, and ran ${facts.runs.length} times`,
      id: facts.id,
    });
}

/**
 * What may not rerun runs again only where its receiver went back to before that it had started, or a copy of the running machine
 * runs what the original ran, or both ends have forgotten it; what wants no ACK, where its sender went back to before that it had gone.
 */
function noteRun(judge: Judge, machine: Machine, facts: MessageFacts): void {
  const { id } = facts;
  const [first] = facts.runs;
  const forgotten = (from: Deed): boolean =>
    judge.wentBack(facts.to, from.at) ||
    bothForgot(judge, facts, from) ||
    (!facts.wantsAck && judge.wentBack(facts.senders, facts.queuedAt));
  if (first !== undefined && !facts.mayRerun && (facts.interrupted || !asksForMore(facts)) && !forgotten(first))
    judge.report(machine, { invariant: 'I6', text: 'runs twice, and may not', id });
  // What may rerun does so where it was interrupted, and where a store was lost.
  const excused = facts.interrupted || judge.wasExchanged(facts.to) || judge.wasExchanged(facts.senders);
  if (first !== undefined && facts.mayRerun && !excused && !asksForMore(facts))
    judge.report(machine, { invariant: 'I6', text: 'runs again, and nothing had interrupted it', id });
  if (facts.forbidden) judge.report(machine, { invariant: 'I2', text: 'runs, though the policy refuses it', id });
  if (facts.expiredAt !== undefined && !mayRunThoughExpired(judge, facts))
    judge.report(machine, { invariant: 'I4', text: 'runs, and its sender had called it expired or cancelled', id });
  facts.lastEnd = undefined;
  facts.runs.push({ at: machine.world.now, machine, branch: judge.ledgerOf(machine).branch });
  machine.world.note(machine, 'runs', id);
}

/** Before the commit: what it starts comes next in its lane, and nothing before it is still under way. */
export function checkStarts(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  const starts = new Set(ops.flatMap((op) => (op.op === 'inbox-start' ? [op.ord] : [])));
  if (starts.size === 0) return;
  const ended = new Set(ops.flatMap((op) => (op.op === 'inbox-end' ? [op.ord] : [])));
  const { inbox, meta } = machine.disk.store.look();
  const doubtful = Number(meta.get('doubtfulInboxOrd') ?? 0);
  const added = ops.flatMap((op) => (op.op === 'inbox-add' ? [op.record] : []));
  const all: readonly InboxRecord[] = [...inbox.values(), ...added];
  for (const ord of starts) {
    const record = all.find((one) => one.ord === ord);
    const facts = record === undefined ? undefined : judge.messages.get(record.id);
    if (record === undefined || facts === undefined) continue;
    // The store knows that it went back in time: what it held then may have run in the life that was lost (custody rule 8).
    if (ord <= doubtful && !facts.mayRerun)
      judge.report(machine, {
        invariant: 'I6',
        text: 'starts, and may have run in a life that was lost',
        id: record.id,
      });
    if (isUnordered(record.lane)) continue;
    const before = all.find(
      (one) =>
        one.ord < ord &&
        one.from === record.from &&
        one.lane === record.lane &&
        one.state !== 'ended' &&
        !(one.state === 'started' && headOf(one.head).S !== undefined) &&
        !ended.has(one.ord) &&
        !starts.has(one.ord),
    );
    if (before !== undefined)
      judge.report(machine, { invariant: 'I7', text: `starts before ${before.id} has ended`, id: record.id });
  }
}
