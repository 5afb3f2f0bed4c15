// I2: an ACK tells what is durable, and nothing else. I4: what leaves is durable first, with its position (custody rule 1).
import { inlineBodyBytes } from '../../src/model/message.ts';
import type { OutboxRecord } from '../../src/model/record.ts';
import { readAck, type Ack } from '../../src/wire/ack.ts';
import { readBatch, type Batch } from '../../src/wire/batch.ts';
import { decodeFrame, frameTypes } from '../../src/wire/frame.ts';
import type { Machine } from '../world/machine.ts';
import type { Judge } from './judge.ts';
import { noteGivenUp } from './streams.ts';

/** It has just been sealed. */
const whole = { check: () => true };

export function checkPublished(judge: Judge, machine: Machine, what: { subject: string; bytes: Uint8Array }): void {
  const [, type] = what.bytes;
  if (type !== frameTypes.ack && type !== frameTypes.batch) return;
  const { head, tail } = decodeFrame(what.bytes, whole);
  if (type === frameTypes.ack) checkAck(judge, machine, readAck(head));
  else checkBatch(judge, machine, readBatch(head, tail));
}

function checkAck(judge: Judge, machine: Machine, ack: Ack): void {
  const { store } = machine.disk;
  const fault = (text: string, id?: string): void =>
    judge.report(machine, { invariant: 'I2', text, ...(id === undefined ? {} : { id }) });
  for (const standing of ack.lanes) {
    const held = store
      .query({ query: 'inlane', from: ack.to, lane: standing.lane })
      .find((record) => record.epoch === standing.epoch);
    const last = held?.last ?? 0;
    if (standing.last > last)
      fault(`an ACK to ${ack.to} speaks of ${standing.lane} ${standing.last}, and ${last} is durable`);
    else if (standing.last === last && held !== undefined && held.tag !== standing.tag)
      fault(`an ACK to ${ack.to} has another tag at ${standing.lane} ${last} than is durable`);
  }
  for (const { id, have } of ack.pieces) {
    const durable = store.look().transfers.get(`${ack.to}/${id}`)?.have ?? 0;
    const { inbox, outbox } = judge.ledgerOf(machine);
    if (have > durable && !inbox.has(id) && !outbox.has(id))
      fault(`an ACK speaks of ${have} bytes of a body, and ${durable} are durable`, id);
  }
}

function checkBatch(judge: Judge, machine: Machine, batch: Batch): void {
  const { outbox } = judge.ledgerOf(machine);
  batch.items.forEach((item, index) => {
    const facts = judge.messages.get(item.id);
    const ord = outbox.get(item.id);
    const record = ord === undefined ? undefined : rowAt(machine, { id: item.id, ord, position: batch.first + index });
    const fault = (text: string): void => judge.report(machine, { invariant: 'I4', text, id: item.id });
    if (facts === undefined || ord === undefined) return fault('left before it was durable');
    if (item.type === 'message') facts.leftAt ??= machine.world.now;
    else noteGivenUp(judge, facts);
    // A reply that wants no ACK is gone from the outbox when it leaves.
    if (batch.epoch === '') {
      if (record !== undefined && record.open) fault('left without ACK before that was durable');
    } else if (record?.open === true && record.position !== batch.first + index)
      fault(`left at position ${batch.first + index}, and ${record.position ?? 'none'} is durable`);
    if (
      item.type === 'message' &&
      item.message.bodySize <= inlineBodyBytes &&
      item.body.length !== item.message.bodySize
    )
      fault('left without its body');
  });
}

/** What goes again after a loss may be carried twice: then it is the one that has this position. */
function rowAt(
  machine: Machine,
  of: { readonly id: string; readonly ord: number; readonly position: number },
): OutboxRecord | undefined {
  const { outbox } = machine.disk.store.look();
  const last = outbox.get(of.ord);
  if (last?.origin == null || last.position === of.position) return last;
  return [...outbox.values()].find(({ id, position }) => id === of.id && position === of.position) ?? last;
}
