// Answers that another node treats (`replyTo`): real nodes, real processes.
import { existsSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { FleetNode, MessageFields } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';

const pair = usePair();
let ship2: FleetNode;

beforeAll(async () => {
  ship2 = pair.fleet.add('ship2');
  await ship2.startLinked();
});

const asked = (script: string, more: MessageFields = {}): MessageFields => ({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: ['sh', '-c', script],
  replyTo: 'ship2',
  fileName: 'answer',
  ...more,
});

test('reply to - the answer goes to a file of the other node, and both show', async () => {
  const { central } = pair;
  const view = await central.ask(asked('echo out; echo wrong >&2; exit 3', { directory: 'answers' }));
  expect(view).toMatchObject({ state: 'failed', reply: { method: 'fileAppend', to: 'ship2', state: 'handled' } });
  expect(ship2.data('answers', 'ship1', 'answer').toString()).toBe('out\n');
  expect(ship2.data('answers', 'ship1', 'answer.error').toString()).toBe('wrong\n');
  expect(central.data('answers', 'ship1', 'answer').length).toBe(0);
  // The sender has it as well.
  expect((await central.steward('output', view.id)).out).toBe('out\n');
  const passed = await central.client.message(view.reply?.id ?? '');
  expect(passed).toMatchObject({ to: 'ship2', method: 'fileAppend', state: 'succeeded', submission: view.id });
  expect((await central.steward('status', view.id)).out).toContain(`fileAppend at ship2 (${passed.id}) handled`);
  const submission = await central.client.submissionOf(view.id);
  expect(submission.counts).toMatchObject({ failed: 1, succeeded: 1 });
});

test('reply to - large answers, none at all, and names of files by default', async () => {
  const { central } = pair;
  const large = await central.ask(asked('seq 1 60000', { replyMethod: 'file', fileName: 'large' }));
  expect(large.reply).toMatchObject({ method: 'file', state: 'handled' });
  const whole = Array.from({ length: 60_000 }, (_none, at) => `${at + 1}\n`).join('');
  expect(ship2.data('ship1', 'large').toString()).toBe(whole);
  expect(Buffer.from(await central.client.output(large.id, 'stdout')).toString()).toBe(whole);
  const nothing = await central.ask(asked('true', { fileName: '' }));
  expect(nothing.reply?.state).toBe('handled');
  expect(existsSync(ship2.dataPath('ship1', 'cliCommand.log'))).toBe(true);
});

test('reply to - a command treats it there, with variables, and its own outcome is reported', async () => {
  const { central } = pair;
  const treat = (script: string): MessageFields =>
    asked('printf "it is %s" "$(echo \\$fine)"', {
      replyMethod: 'cliCommand',
      replyMethodArgs: ['bash', '-c', script],
    });
  const good = await central.ask(treat('cat > read; echo "{{STEWARD_DATA}}" > got'));
  expect(good.reply).toMatchObject({ method: 'cliCommand', to: 'ship2', state: 'handled' });
  const got = await central.ask({ toNode: 'ship2', method: 'cliCommand', methodArgs: ['cat', 'got'] });
  expect((await central.steward('output', got.id)).out).toBe('it is $fine\n');
  const bad = await central.ask(treat('echo no >&2; exit 4'));
  expect(bad).toMatchObject({ state: 'succeeded', reply: { state: 'failed', reason: 'failed, exit code 4' } });
  writeFileSync(central.path('m.json'), JSON.stringify([treat('exit 4')]));
  expect((await central.steward('send', '--wait', 'm.json')).status).toBe(1);
  writeFileSync(central.path('m.json'), JSON.stringify([treat('exit 0')]));
  expect((await central.steward('send', '--wait', 'm.json')).status).toBe(0);
});

test('reply to - the other node is away, and the sender killed: it goes once, when both are back', async () => {
  const { central } = pair;
  await ship2.stop();
  const [id = ''] = await central.submit(asked('echo once', { fileName: 'once' }));
  const state = async (): Promise<unknown> => {
    const view = await central.client.message(id);
    return [view.state, view.reply?.state];
  };
  await expect.poll(state).toEqual(['succeeded', 'pending']);
  await central.kill();
  await central.startLinked();
  expect(await state()).toEqual(['succeeded', 'pending']);
  const waited = central.settled(id);
  await ship2.startLinked();
  expect((await waited).reply?.state).toBe('handled');
  expect(ship2.data('ship1', 'once').toString()).toBe('once\n');
  // Whoever follows it hears of that, too.
  await ship2.stop();
  writeFileSync(central.path('m.json'), JSON.stringify([asked('echo twice', { fileName: 'twice' })]));
  const following = central.steward('send', '--wait', 'm.json');
  await expect.poll(async () => (await central.client.queue({ to: 'ship2' })).messages.length).toBe(1);
  await ship2.startLinked();
  expect((await following).status).toBe(0);
});

test('reply to - of what did not run nothing is treated, and it is sent again with its answer', async () => {
  const { central } = pair;
  const not = await central.ask(asked('echo never', { onlyIf: ['test', '-e', 'later'], fileName: 'later' }));
  expect(not).toMatchObject({
    state: 'rejected',
    reply: { state: 'failed', reason: `cancelled, never sent: it waited for ${not.id}, which is rejected` },
  });
  const refused = await central.client.resend(not.reply?.id ?? '', {}).catch((error: unknown) => String(error));
  expect(refused).toContain(`takes the answer to ${not.id} to another node`);
  await central.ask({ toNode: 'ship1', method: 'cliCommand', methodArgs: ['touch', 'later'] });
  const again = await central.client.retry(not.id, {});
  expect(again.retried).toHaveLength(1);
  const done = await central.settled(again.retried[0]?.newId);
  expect(done).toMatchObject({ state: 'succeeded', reply: { to: 'ship2', state: 'handled' } });
  expect(ship2.data('ship1', 'later').toString()).toBe('never\n');
  // Sent again, and to another node, its answer goes to the same one.
  const [elsewhere] = (await central.client.resend(done.id, { to: 'ship2' })).ids;
  expect(await central.settled(elsewhere)).toMatchObject({
    state: 'rejected',
    reply: { to: 'ship2', state: 'failed' },
  });
  // One that has its answer may be sent once more by itself.
  const passed = await central.client.resend(done.reply?.id ?? '', {});
  expect((await central.settled(passed.ids[0])).state).toBe('succeeded');
  expect(ship2.data('ship1', 'later').toString()).toBe('never\nnever\n');
});

test('reply to - to several nodes, to the sender itself, and what is refused', async () => {
  const { central } = pair;
  const ids = await central.submit(asked('echo $STEWARD_NODE', { toNodes: ['ship1', 'ship2'], fileName: 'who' }));
  expect(ids).toHaveLength(2);
  for (const id of ids) expect((await central.settled(id)).reply?.state).toBe('handled');
  expect(ship2.data('ship1', 'who').toString()).toBe('ship1\n');
  expect(ship2.data('ship2', 'who').toString()).toBe('ship2\n');
  const own = await central.ask(asked('echo mine', { replyTo: 'central', fileName: 'own' }));
  expect(own.reply).not.toHaveProperty('to');
  expect(central.data('ship1', 'own').toString()).toBe('mine\n');
  const refused = (more: MessageFields): Promise<string> => central.pipe(JSON.stringify([asked('true', more)]));
  expect(await refused({ replyMethod: 'none' })).toContain('goes to no other node');
  expect(await refused({ method: 'cliCommandCont' })).toContain('comes in parts');
  expect(await refused({ ACKTimeout: 0 })).toContain('wants no ACK');
  expect(await refused({ toNode: '@all', lateJoiners: true })).toContain('that appear later');
  expect(await refused({ replyTo: 'no node' })).toContain('no node');
  const mistyped = await central.client.submit(Buffer.from(JSON.stringify(asked('true', { replyTo: 'ship22' }))));
  expect(mistyped.unheard).toEqual([{ name: 'ship22', nearest: 'ship2' }]);
});
