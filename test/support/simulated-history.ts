// What has to be true of a simulated history once everything has come to rest (design §2 and §4).
import { expect } from 'vitest';
import type { OutboxRecord } from '../../src/model/record.ts';
import type { SimulatedNode, SimulatedWorld } from './simulated-world.ts';
import { outputOf } from './simulated-methods.ts';

export interface Allowed {
  /** Of these nothing has to be known any more: their sender's store was exchanged. */
  readonly forgotten?: ReadonlySet<string>;
  /** How often a message may have run once more than its sender knows: its receiver's store was exchanged. */
  readonly again?: ReadonlyMap<string, number>;
  /** Messages may be `unknown` that never ran: a store was exchanged, or a node died between the mark of a start and the start. */
  readonly unknownUnrun?: boolean;
  /**
   * What `again` names may stay delivered: a sender that was itself restarted asks of a lane only when it sends in it again, and
   * nothing else shows it that a receiver which comes back under its old incarnation lacks what it had.
   */
  readonly untold?: boolean;
  /** Answers may stand in their files twice: the store that knew of them was exchanged. */
  readonly answersTwice?: boolean;
}

export function requests(node: SimulatedNode): OutboxRecord[] {
  return node.store.contents().outbox.filter((record) => !record.isReply);
}

export function checkHistory(at: string, w: SimulatedWorld, allowed: Allowed = {}): void {
  const states = new Map<string, OutboxRecord>();
  for (const node of w.nodes.values()) for (const record of requests(node)) states.set(record.id, record);
  checkStates(at, w, { states, allowed });
  checkNothingWaits(at, w);
  checkOrder(at, w, allowed);
  checkFiles(at, w, { states, allowed });
}

interface Known {
  readonly states: ReadonlyMap<string, OutboxRecord>;
  readonly allowed: Allowed;
}

function checkStates(at: string, w: SimulatedWorld, { states, allowed }: Known): void {
  const runs = new Map<string, number>();
  for (const run of w.runs) runs.set(run.id, (runs.get(run.id) ?? 0) + 1);
  for (const { id, draft } of w.accepted) {
    const count = runs.get(id) ?? 0;
    const most = 1 + (allowed.again?.get(id) ?? 0);
    if (draft.message.rerun === 'never') expect(count, `${at}: runs of ${id}`).toBeLessThanOrEqual(most);
    const record = states.get(id);
    if (allowed.forgotten?.has(id) !== true) expect(record, `${at}: ${id} was accepted`).toBeDefined();
    // What the store told of before it was exchanged, and of what came meanwhile, nobody can know.
    if (allowed.forgotten?.has(id) === true) continue;
    const state = record?.state ?? 'lost';
    const final = draft.message.ackTimeoutMs === 0 ? ['sent'] : [];
    if (allowed.untold === true && allowed.again?.has(id) === true && state === 'delivered') continue;
    expect([...final, 'succeeded', 'expired', 'unknown'], `${at}: ${id} is ${state}`).toContain(state);
    // A void can be accepted by a store that was put back to before it accepted the message.
    if (state === 'expired' && allowed.again?.has(id) !== true)
      expect(count, `${at}: runs of ${id}, which expired`).toBe(0);
    if (state === 'succeeded') expect(count, `${at}: runs of ${id}, which succeeded`).toBeGreaterThanOrEqual(1);
    if (state === 'unknown' && allowed.unknownUnrun !== true) expect(count, `${at}: runs of ${id}, unknown`).toBe(1);
    const patient = (draft.message.reply?.retries ?? -1) < 0 && draft.message.ackTimeoutMs !== 0;
    if (state === 'succeeded' && patient) expect(record?.replyState, `${at}: the reply to ${id}`).toBe('handled');
  }
  const sent = new Set(w.accepted.map(({ id }) => id));
  for (const run of w.runs) {
    if (run.message.replyTo === undefined) expect(sent.has(run.id), `${at}: ${run.id} was sent`).toBe(true);
  }
}

/** Nothing is left that anybody would still have to send or run. */
function checkNothingWaits(at: string, w: SimulatedWorld): void {
  for (const node of w.nodes.values()) {
    const { outbox, inbox } = node.store.contents();
    const open = outbox.filter((record) => record.open).map((record) => `${record.id} ${record.lane} ${record.state}`);
    expect(open, `${at}: what ${node.name} still has to send`).toEqual([]);
    const waiting = inbox.filter((record) => record.state !== 'ended').map((record) => `${record.id} ${record.state}`);
    expect(waiting, `${at}: what ${node.name} still has to run`).toEqual([]);
  }
}

/** Ids sort in the order of intake: the first runs of a lane have to sort likewise. What wants no ACK has no place in a lane. */
function checkOrder(at: string, w: SimulatedWorld, allowed: Allowed): void {
  const lanes = new Map<string, string[]>();
  for (const run of w.runs) {
    const { unordered, replyTo, ackTimeoutMs } = run.message;
    if (unordered || replyTo !== undefined || ackTimeoutMs === 0 || allowed.forgotten?.has(run.id) === true) continue;
    const list = lanes.get(run.lane) ?? [];
    if (!list.includes(run.id)) list.push(run.id);
    lanes.set(run.lane, list);
  }
  for (const [lane, ids] of lanes) expect(ids, `${at}: order of ${lane}`).toEqual([...ids].sort());
}

/** Every answer of a command stands in its file, whole and exactly once. */
function checkFiles(at: string, w: SimulatedWorld, { states, allowed }: Known): void {
  const all = [...w.nodes.values()].flatMap((node) => [...node.files]);
  for (const [path, content] of all) {
    expect(content.includes('\0'), `${at}: ${path} has no holes`).toBe(false);
    if (allowed.answersTwice === true) continue;
    const lines = content.split('\n').filter((line) => line !== '' && line !== 'pong');
    expect(new Set(lines).size, `${at}: ${path} has every line once`).toBe(lines.length);
  }
  const text = all.map(([, content]) => content).join('');
  for (const { id, draft } of w.accepted) {
    const record = states.get(id);
    const told = record?.state === 'succeeded' && record.replyState === 'handled' && record.replyReason === null;
    if (!told || draft.message.method !== 'cliCommand' || draft.message.reply?.method !== 'fileAppend') continue;
    const output = outputOf({ id, args: draft.message.args });
    expect(text.includes(output), `${at}: the answer to ${id} is in a file`).toBe(true);
  }
}
