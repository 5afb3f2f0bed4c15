// Messages that wait for others to succeed (`after`): when they go, how they end, and that they hold up nobody.
import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MessageFields } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';

const pair = usePair();

const command = (script: string, more: MessageFields = {}): MessageFields => ({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: ['sh', '-c', script],
  replyMethod: 'none',
  ...more,
});
let doors = 0;
/** A command that ends, with that exit code, when its door is opened. */
const behindDoor = (code = 0): { readonly message: MessageFields; readonly open: () => void } => {
  const path = pair.ship.path(`door-${(doors += 1)}`);
  const script = `while [ ! -e ${path} ]; do sleep 0.02; done; exit ${code}`;
  return { message: command(script, { unordered: true }), open: () => writeFileSync(path, '') };
};
const one = async (message: MessageFields): Promise<string> => {
  const [id = ''] = await pair.central.submit(message);
  return id;
};
const waiting = async (id: string): Promise<string | undefined> => (await pair.central.client.message(id)).waiting;

test('after - waits for all that it names, says so, and holds nobody up in its lane', async () => {
  const { central, ship } = pair;
  const [first, second] = [behindDoor(), behindDoor()];
  const ids = [await one(first.message), await one(second.message)];
  const mark = ship.path('ran-behind');
  const held = await one(command(`touch ${mark}`, { after: ids }));
  expect(await waiting(held)).toBe(`after ${ids.join(', ')}`);
  const queue = await central.client.queue({ to: 'ship1', lane: 'cliCommand' });
  expect(queue.messages).toMatchObject([{ id: held, lane: 'cliCommand', waiting: `after ${ids.join(', ')}` }]);
  expect((await central.steward('queue', 'ship1')).out).toContain(`after ${ids[0]}`);
  // The same lane goes on.
  expect((await central.ask(command('true'))).state).toBe('succeeded');
  first.open();
  expect((await central.settled(ids[0])).state).toBe('succeeded');
  await expect.poll(() => waiting(held)).toBe(`after ${ids[1]}`);
  expect((await central.steward('status', held)).out).toMatch(new RegExp(`waiting: after ${ids[1]}|after ${ids[1]}`));
  expect(existsSync(mark)).toBe(false);
  second.open();
  expect((await central.settled(held)).state).toBe('succeeded');
  expect(existsSync(mark)).toBe(true);
});

test('after - what waits for one that fails ends, and so does what waits for that', async () => {
  const { central } = pair;
  const door = behindDoor(3);
  const failing = await one(door.message);
  const second = await one(command('true', { after: failing }));
  const third = await one(command('true', { after: second }));
  door.open();
  expect(await central.settled(third)).toMatchObject({
    state: 'cancelled',
    reason: `never sent: it waited for ${second}, which is cancelled`,
  });
  expect(await central.settled(second)).toMatchObject({
    state: 'cancelled',
    reason: `never sent: it waited for ${failing}, which is failed`,
  });
  // Of what has ended already nothing is waited for.
  const late = await one(command('true', { after: failing }));
  expect((await central.settled(late)).reason).toContain(`${failing}, which is failed`);
  const again = await central.client.resend(late, {});
  expect((await central.settled(again.ids[0])).state).toBe('succeeded');
});

test('after - a number is an earlier message of the same list, on all of its nodes', async () => {
  const { central, ship } = pair;
  const log = ship.path('order-of-list');
  const ids = await central.submit(
    command(`echo one >> ${log}`, { toNodes: ['ship1', 'central'], unordered: true }),
    command(`echo two >> ${log}`, { after: 1, unordered: true }),
    command(`echo three >> ${log}`, { after: [2], unordered: true }),
  );
  expect(ids).toHaveLength(4);
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect((await central.ask(command(`cat ${log}`))).outcome?.stdoutBytes).toBe('one\none\ntwo\nthree\n'.length);
  // They are still one submission, in its order.
  const { counts, submission } = await central.client.submissionOf(ids[3] ?? '');
  expect([counts.succeeded, submission]).toEqual([4, ids[0]]);
  const retried = await central.client.retry(ids[2] ?? '', { dryRun: true });
  expect(retried.left).toEqual({ succeeded: 4 });
});

test('after - what cannot be waited for is refused, with its place', async () => {
  const { central } = pair;
  const refused = async (message: MessageFields): Promise<string> => central.pipe(JSON.stringify([message]));
  expect(await refused(command('true', { after: '01m8kce0v7de3hkb2cw4' }))).toContain(
    'after: this node has sent no message 01m8kce0v7de3hkb2cw4, or has forgotten it',
  );
  expect(await refused(command('true', { after: 'yesterday' }))).toContain('\\"yesterday\\" is no id of a message');
  expect(await refused(command('true', { after: 1 }))).toContain('there is no message 1 before this one');
  expect(await refused(command('true', { after: Array.from({ length: 101 }, () => 'x') }))).toContain('at most 100');
  expect(await refused(command('true', { toNode: '@all', after: 'x', lateJoiners: true }))).toContain('waits for no');
});

test('after - it is cancelled, cleared and expires as any other', async () => {
  const { central } = pair;
  const door = behindDoor();
  const id = await one(door.message);
  const [cancelled, cleared] = [await one(command('true', { after: id })), await one(command('true', { after: id }))];
  const expired = await one(command('true', { after: id, expires: '300ms' }));
  const keyed = await one(command('true', { after: id, key: 'the one' }));
  expect(await central.settled(expired)).toMatchObject({
    state: 'expired',
    reason: 'never sent: what it waited for did not succeed within 0 s',
  });
  const newer = await one(command('true', { key: 'the one' }));
  expect((await central.settled(keyed)).reason).toBe(`superseded by ${newer}`);
  expect((await central.steward('cancel', cancelled)).out).toContain('1');
  expect((await central.settled(cancelled)).state).toBe('cancelled');
  expect(await waiting(cleared)).toBe(`after ${id}`);
  await central.steward('queue', 'ship1', 'clear', '--yes');
  expect((await central.settled(cleared)).state).toBe('cancelled');
  door.open();
  await central.settled(id);
});

test('after - its sender is killed while it waits, and while all that wait go', async () => {
  const { central, ship } = pair;
  const log = ship.path('each-once');
  const door = behindDoor();
  const id = await one(door.message);
  const held = await central.submit(
    ...Array.from({ length: 150 }, (_none, number) => command(`echo ${number} >> ${log}`, { after: id })),
  );
  await central.kill();
  await central.startLinked();
  expect(await waiting(held[0] ?? '')).toBe(`after ${id}`);
  door.open();
  await central.settled(id);
  await central.kill();
  await central.startLinked();
  for (const one of held) expect((await central.settled(one)).state).toBe('succeeded');
  const ran = await central.ask(command(`sort -n ${log} | uniq -c | awk '$1 != 1' | wc -l; wc -l < ${log}`));
  const { out } = await central.steward('output', ran.id);
  expect(out.split(/\s+/).filter((word) => word !== '')).toEqual(['0', '150']);
}, 60_000);

test('after - steward run --after', async () => {
  const { central } = pair;
  const good = await one(command('true'));
  const bad = await one(command('false'));
  const ran = await central.steward('run', '--after', good, 'ship1', '--', 'echo', 'behind it');
  expect([ran.status, ran.out]).toEqual([0, expect.stringContaining('behind it')]);
  const not = await central.steward('run', '--after', `${good},${bad}`, 'ship1', '--', 'echo', 'behind it');
  expect(not.status).toBe(1);
  expect(not.out + not.err).toContain(`never sent: it waited for ${bad}, which is failed`);
});
