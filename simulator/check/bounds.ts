// The bounds of inbox and methods hold after every commit, whatever is under way.
import { isControl, isReplyLane, laneMethod } from '../../src/model/lane.ts';
import { isCommand as isCommandMethod, type MethodName } from '../../src/model/method-name.ts';
import type { InboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import { headOf, isRunRow } from './schedules.ts';
import type { Judge } from './judge.ts';

export function checkBounds(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  const { inboxMessages, runningTotal } = machine.limits;
  if (inboxMessages === Infinity && runningTotal === Infinity) return;
  if (!ops.some(({ op }) => op === 'inbox-add' || op === 'inbox-start')) return;
  let [requests, replies, running] = [0, 0, 0];
  for (const { state, lane, head } of machine.disk.store.look().inbox.values()) {
    if (state === 'ended') continue;
    if (isReplyLane(lane)) replies += 1;
    else if (!isControl(lane) && !isRunRow({ head })) requests += 1;
    if (isCommand(state, lane) && headOf(head).S === undefined) running += 1;
  }
  const over = (what: string, count: number, limit: number): void => {
    if (count > limit) judge.report(machine, { invariant: 'I9', text: `${count} ${what}, the limit is ${limit}` });
  };
  over('requests in the inbox', requests, inboxMessages);
  over('replies in the inbox', replies, inboxMessages);
  over('commands at once', running, runningTotal);
}

function isCommand(state: InboxRecord['state'], lane: string): boolean {
  return state === 'started' && isCommandMethod(laneMethod(lane) as MethodName);
}
