// A fleet of two versions. The second one is made up: it adds a field to every message and drops one; once within the format of
// version 1, once as version 2 of the format.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { makeVersion, type MadeUpVersion, type SourceChange } from '../support/made-up-version.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const head = 'src/wire/message-head.ts';
const added: SourceChange = {
  file: head,
  old: "  put(head, 'c', message.description);\n",
  new: "  head['addedInVersion2'] = { of: ['any', 'kind'] };\n",
};
const fields: readonly SourceChange[] = [added];
const format: SourceChange = {
  file: 'src/wire/frame.ts',
  old: 'export const wireVersion = 1;',
  new: 'export const wireVersion = 2 as number;',
};

let server: TestNatsServer;
let alike: MadeUpVersion;
let newer: MadeUpVersion;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
  alike = makeVersion(fields);
  newer = makeVersion([...fields, format]);
});
afterAll(async () => {
  alike.remove();
  newer.remove();
  await server.close();
});
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

const say = (to: string, text: string): ReturnType<typeof command> =>
  command(to, `echo ${text} >> ran; echo ${text}`, { fileName: 'answers', description: 'said' });
const ran = (node: FleetNode): string => (existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8') : '');

test('upgrade - a version that adds a field and drops one works with this one, in both directions', async () => {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
  ship1.runner = { program: alike.program };
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  expect(await central.ask(say('ship1', 'down'))).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(await ship1.ask(say('central', 'up'))).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect([ran(ship1), ran(central)]).toEqual(['down\n', 'up\n']);
  expect([central, ship1].map((node) => node.says('a frame was dropped'))).toEqual([undefined, undefined]);
});

test('upgrade - what a newer version has to have understood is not run by this one, which says so', async () => {
  const strict = makeVersion([{ ...added, new: added.new.replace('addedInVersion2', 'AddedInVersion2') }]);
  try {
    const [central, ship1, ship2] = [fleet.add('central'), fleet.add('ship1'), fleet.add('ship2')];
    for (const node of [central, ship2]) node.runner = { program: strict.program };
    await Promise.all([central, ship1, ship2].map((node) => node.startLinked()));
    expect(await central.ask(say('ship1', 'no'))).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('too old') as string,
    });
    expect(ran(ship1)).toBe('');
    // Of a reply that this node cannot treat as it should, the outcome is known all the same.
    expect(await ship1.ask(say('ship2', 'yes'))).toMatchObject({
      state: 'succeeded',
      reply: { state: 'failed', reason: expect.stringContaining('too old') as string },
    });
  } finally {
    strict.remove();
  }
});

test.each(['sender', 'receiver'] as const)(
  'upgrade - where only the %s speaks a newer format its messages wait, others go on, and they run once when both do',
  async (first) => {
    const [central, ship1, ship2] = [fleet.add('central'), fleet.add('ship1'), fleet.add('ship2')];
    const [early, late] = first === 'sender' ? [central, ship1] : [ship1, central];
    early.runner = { program: newer.program };
    await Promise.all([central, ship1, ship2].map((node) => node.startLinked()));
    const [id] = await central.submit(say('ship1', 'once'));
    const [speaks, hears] = first === 'sender' ? [2, 1] : [1, 2];
    await waitFor('ship1 to refuse a frame', () => ship1.says('a frame was dropped'), { withinMs: 20_000 });
    const reason = `version ${speaks} of the format, this node speaks ${hears}`;
    expect(ship1.says('a frame was dropped')).toMatchObject({ level: 'warn', reason });
    // Those of one version are not disturbed by the other.
    expect((await ship2.ask(say(late.name, 'meanwhile'))).state).toBe('succeeded');
    const waiting = await central.client.message(id ?? '');
    expect(waiting).toMatchObject({ state: 'queued', waiting: 'answer of the node' });
    expect(ran(ship1).includes('once')).toBe(false);

    await late.stop();
    late.runner = { program: newer.program };
    await late.startLinked();
    expect((await central.settled(id, 40_000)).state).toBe('succeeded');
    expect(
      ran(ship1)
        .split('\n')
        .filter((line) => line === 'once'),
    ).toEqual(['once']);
    expect(central.data('ship1', 'answers').toString()).toContain('once\n');
  },
);
