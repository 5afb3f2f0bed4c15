// Schedules: each time that is due is run at most once, and is counted as what became of it. P2: no run is made, or begun, twice, nor after its
// schedule was durably cancelled. P3: what is told at the end counts every time that was due.
import type { RunRequest } from '../../src/methods/run.ts';
import { laneMethod } from '../../src/model/lane.ts';
import { methodEntry, type MethodName } from '../../src/model/method-name.ts';
import type { InboxRecord } from '../../src/model/record.ts';
import type { CatchUp, ScheduleProgress } from '../../src/model/schedule.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import type { Branch, MessageFacts } from './facts.ts';
import type { Judge } from './judge.ts';

/** As a head has it. */
interface ScheduleHead {
  readonly S?: { readonly e?: readonly [number, number]; readonly u?: CatchUp };
  readonly o?: { readonly i: string; readonly n: number };
}

/** One run of a schedule, in the life of the store that made it. */
export interface RunFacts {
  readonly branch: Branch;
  readonly mayRerun: boolean;
  begun: number;
  /** Its node died while it ran. */
  interrupted: boolean;
}

const mostOwed: Readonly<Record<CatchUp, number>> = { none: 0, once: 1, all: 1_000 };

export function headOf(head: string): ScheduleHead {
  return JSON.parse(head) as ScheduleHead;
}

export function isRunRow({ head }: Pick<InboxRecord, 'head'>): boolean {
  return headOf(head).o !== undefined;
}

/** Its head says it where it is not that of its method: of these, a ping. */
function mayRerun({ head, lane }: InboxRecord): boolean {
  const { k } = JSON.parse(head) as { readonly k?: 'a' | 'n' };
  return k === undefined ? methodEntry(laneMethod(lane) as MethodName).rerun === 'always' : k === 'a';
}

/** Before the commit. */
export function checkSchedules(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  const { inbox, schedules } = machine.disk.store.look();
  for (const op of ops) {
    if (op.op === 'schedule')
      checkProgress(judge, machine, {
        ord: op.record.ord,
        before: schedules.get(op.record.ord)?.progress,
        ops,
        now: op.record.progress,
      });
    else if (op.op === 'inbox-add' && isRunRow(op.record)) checkMade(judge, machine, { row: op.record, ops });
    else if (op.op === 'inbox-start') {
      const row = inbox.get(op.ord);
      if (row !== undefined && isRunRow(row)) refuseCancelled(judge, machine, row, 'begins');
    } else if (op.op === 'inbox-cancel') {
      const facts = judge.messages.get(inbox.get(op.ord)?.id ?? '');
      if (facts?.isSchedule === true) facts.cancelled = true;
    } else if (op.op === 'outbox-add') {
      const facts = judge.messages.get(op.record.id);
      if (facts !== undefined) checkTold(judge, machine, facts);
    }
  }
}

function checkProgress(
  judge: Judge,
  machine: Machine,
  of: {
    readonly ord: number;
    readonly before: ScheduleProgress | undefined;
    readonly now: ScheduleProgress;
    readonly ops: readonly StoreOp[];
  },
): void {
  const { ord, before, now, ops } = of;
  const row = machine.disk.store.look().inbox.get(ord);
  const id = row?.id ?? '';
  const fault = (invariant: string, text: string): void => judge.report(machine, { invariant, text, id });
  const schedule = row === undefined ? undefined : headOf(row.head).S;
  const runs = now.runs - (before?.runs ?? 0);
  const made = ops.flatMap((op) => {
    const run = op.op === 'inbox-add' ? headOf(op.record.head).o : undefined;
    return run !== undefined && run.i === id ? [run.n] : [];
  });
  if (made.length !== runs || (runs !== 0 && (runs !== 1 || made[0] !== now.runs)))
    fault('P2', `counts ${now.runs} runs after ${before?.runs ?? 0}, and makes ${made.join(', ') || 'none'}`);
  if (before !== undefined && (['skipped', 'missed', 'paused'] as const).some((what) => now[what] < before[what]))
    fault('P3', 'counts less than before');
  if (row?.cancel != null && runs > 0) fault('P2', 'makes a run, and was cancelled');
  const [intervalMs, totalMs] = schedule?.e ?? [];
  if (intervalMs === undefined || totalMs === undefined) return;
  if (
    before !== undefined &&
    (now.done < before.done || now.through < before.through || (runs > 0 && now.done === before.done))
  )
    fault('P2', `decides upon ${now.done} of ${now.through} after ${before.done} of ${before.through}`);
  const come =
    now.through < 0 ? 0 : Math.min(Math.ceil(totalMs / intervalMs), Math.floor(now.through / intervalMs) + 1);
  const counted = now.runs + now.skipped + now.missed + now.paused + now.owed;
  if (now.missedMore === true ? counted > come : counted !== come)
    fault('P3', `counts ${counted} of ${come} times that have come`);
  const most = Math.max(1, mostOwed[schedule?.u ?? 'once']);
  if (now.owed > most) fault('P3', `is to make up ${now.owed}, and may ${most}`);
}

function checkMade(
  judge: Judge,
  machine: Machine,
  { row, ops }: { readonly row: InboxRecord; readonly ops: readonly StoreOp[] },
): void {
  const { o: run } = headOf(row.head);
  const { inbox, schedules } = machine.disk.store.look();
  const mine = [...inbox.values()].find(({ id, ord }) => id === run?.i && schedules.has(ord));
  if (mine === undefined || !ops.some((op) => op.op === 'schedule' && op.record.ord === mine.ord))
    judge.report(machine, { invariant: 'I6', text: 'a run that its schedule does not know of', id: row.id });
  const { meta } = machine.disk.store.look();
  if (mine !== undefined && mine.ord <= Number(meta.get('doubtfulInboxOrd') ?? 0) && !mayRerun(mine))
    judge.report(machine, { invariant: 'P2', text: 'a run of a schedule that its sender calls unknown', id: row.id });
  const { branch } = judge.ledgerOf(machine);
  if (judge.scheduledRuns.get(row.id)?.branch === branch)
    judge.report(machine, { invariant: 'P2', text: 'a run that is made twice', id: row.id });
  judge.scheduledRuns.set(row.id, { branch, mayRerun: mayRerun(row), begun: 0, interrupted: false });
}

function refuseCancelled(judge: Judge, machine: Machine, row: InboxRecord, does: string): void {
  const { o: run } = headOf(row.head);
  const { inbox, schedules } = machine.disk.store.look();
  const schedule = [...inbox.values()].find(({ id, ord }) => id === run?.i && schedules.has(ord));
  if (schedule === undefined || schedule.cancel !== null)
    judge.report(machine, {
      invariant: 'P2',
      text: `${does}, and its schedule ${schedule === undefined ? 'has ended' : 'was cancelled'}`,
      id: row.id,
    });
}

/** A run begins. Answers whether it is one of a schedule. */
export function checkScheduledRun(judge: Judge, machine: Machine, { message }: RunRequest): boolean {
  if (message.runOf === undefined) return false;
  const { id } = message;
  const fault = (invariant: string, text: string): void => judge.report(machine, { invariant, text, id });
  const facts = judge.scheduledRuns.get(id);
  const row = [...machine.disk.store.look().inbox.values()].find((one) => one.id === id);
  if (facts === undefined || row === undefined) {
    fault('I6', 'a run of a schedule that was never made');
    return true;
  }
  if (row.state !== 'started') fault('I6', `runs while it is durably ${row.state}`);
  const again = facts.begun > 0 && facts.branch === judge.ledgerOf(machine).branch;
  if (again && !(facts.mayRerun && facts.interrupted)) fault('P2', 'a run of a schedule begins twice');
  facts.begun += 1;
  facts.interrupted = false;
  return true;
}

/** What its sender hears at the end counts every time that was due. */
function checkTold(judge: Judge, machine: Machine, facts: MessageFacts): void {
  const request = judge.messages.get(facts.requestId ?? '');
  if (request?.isSchedule !== true || facts.run !== undefined || facts.outcomeState !== 'succeeded') return;
  const [intervalMs, totalMs] = headOf(request.head).S?.e ?? [];
  if (intervalMs === undefined || totalMs === undefined || facts.isMadeOnWay) return;
  const text = Buffer.from(facts.body).toString();
  if (text === '') return;
  const counts = [...text.matchAll(/^(\d+)( and more)? (?:runs|skipped|passed|missed)/gm)];
  const sum = counts.reduce((before, [, count]) => before + Number(count), 0);
  const due = Math.ceil(totalMs / intervalMs);
  const isSaid = counts.some(([, , more]) => more !== undefined) ? sum <= due : sum === due;
  if (!isSaid)
    judge.report(machine, { invariant: 'P3', text: `tells of ${sum} times of ${due} that were due`, id: request.id });
}

/** When everything has come to rest: no schedule is left, and no run of one. */
export function checkNoneLeft(judge: Judge, machine: Machine): void {
  const { schedules, inbox } = machine.disk.store.look();
  for (const ord of schedules.keys())
    judge.report(machine, {
      invariant: 'I10',
      text: 'after the faults have stopped, a schedule goes for ever',
      id: inbox.get(ord)?.id ?? '',
    });
}
