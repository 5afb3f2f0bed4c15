// Errors of real nodes: counted where they happen, told to central once, shown there, and written to the original's file.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { makeVersion } from '../support/made-up-version.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { startSteward, type StewardProcess } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

/** A node tells nothing in its first seconds, and waits for more of a kind for a moment. */
const withinMs = 20_000;

let server: TestNatsServer;
let fleet: Fleet;

beforeEach(async () => {
  server = await startTestNatsServer();
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(async () => {
  await fleet.close();
  await server.close();
});

const errorLog = (central: FleetNode): readonly string[] =>
  readFileSync(central.path('data', 'errorLog', 'errorCentral', 'error.log'), 'utf8')
    .split('\n')
    .slice(0, -1);

function steward(node: FleetNode, ...more: readonly string[]): StewardProcess {
  return startSteward(['errors', '--socket', node.path('tmp'), ...more], { cwd: node.folder });
}

/** A command that outlives its node, which then starts again and finds it. */
async function leaveOrphan(central: FleetNode, ship: FleetNode): Promise<void> {
  await central.submit(command(ship.name, 'touch began; sleep 300'));
  await waitFor('the command to run', () => readFileSync(ship.path('began')).length === 0);
  await ship.kill();
}

test('errors - one of a ship is in the list of central and in its file, once, and in the list of the ship', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  await leaveOrphan(central, ship1);
  await ship1.startLinked();
  const found = await waitFor(
    'the error at central',
    async () => {
      const { errors } = await central.client.errors({ node: 'ship1', code: 'orphan-ended' });
      return errors.length > 0 ? errors : undefined;
    },
    { withinMs },
  );
  expect(found).toMatchObject([{ node: 'ship1', code: 'orphan-ended', verdict: 'tell', count: 1 }]);
  expect(errorLog(central)).toEqual([
    expect.stringMatching(
      /^[\d-]+T[\d:.]+Z, node: ship1, error: orphan-ended: a command that outlived the node was ended \(.*\)$/,
    ),
  ]);
  expect((await ship1.client.errors({})).errors).toMatchObject([{ code: 'orphan-ended', count: 1 }]);
  // It went as an ordinary message does.
  await waitFor('its message to end', async () => (await ship1.client.counts()).counts.succeeded === 1);
  const shown = steward(central, '--code', 'orphan-ended');
  expect(await shown.ended).toBe(0);
  expect(shown.out()).toMatch(
    /orphan-ended +somebody should look\ncause +.*\nremedy +.*\n\nTIME +NODE +CODE +COUNT +TEXT\n/,
  );
  expect(shown.out()).toMatch(/ ship1 +orphan-ended +1 +a command that outlived the node was ended \(/);
});

test('errors - a command that crashes or writes too much is told with its lane, one that fails is not', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1', '--output-limit', '65536');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const [crashed, flooded] = await central.submit(
    command('ship1', 'kill -SEGV $$'),
    command('ship1', 'yes', { unordered: true }),
    command('ship1', 'exit 3'),
  );
  const found = await waitFor(
    'the errors at central',
    async () => {
      const { errors } = await central.client.errors({ node: 'ship1' });
      return errors.length > 1 ? errors : undefined;
    },
    { withinMs },
  );
  expect(found.toSorted((one, other) => (one.lane ?? '').length - (other.lane ?? '').length)).toMatchObject([
    { code: 'command-killed', lane: 'cliCommand', id: crashed, count: 1 },
    { code: 'command-killed', lane: 'cliCommand*', id: flooded, count: 1 },
  ]);
  expect(found.map(({ text }) => text).sort()).toEqual([
    'a command was ended by SIGSEGV (node central)',
    expect.stringMatching(/^a command was ended: output limit: output too large.* \(node central\)$/),
  ]);
}, 60_000);

test('errors - what happened while the link was down is told when it is back, once, also if the node was killed meanwhile', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  await leaveOrphan(central, ship1);
  await server.kill();
  await ship1.start();
  await waitFor('the error to wait in a message', async () => (await ship1.client.counts()).counts.queued === 1, {
    withinMs,
  });
  await ship1.kill();
  await ship1.start();
  expect((await ship1.client.errors({ code: 'orphan-ended' })).errors).toMatchObject([{ count: 1 }]);
  await server.start();
  const told = await waitFor(
    'the errors at central',
    async () => {
      const { errors } = await central.client.errors({ node: 'ship1' });
      const codes = errors.map(({ code }) => code);
      return codes.includes('orphan-ended') && codes.includes('link-unreachable') ? errors : undefined;
    },
    { withinMs },
  );
  expect(told.filter(({ code }) => code === 'orphan-ended')).toMatchObject([{ count: 1 }]);
  // Central's own loss of the link is beside it, and in the file.
  const own = await waitFor(
    'the error of central in its file',
    () => errorLog(central).find((line) => line.includes('node: central, error: link-down: ')),
    { withinMs },
  );
  expect(own).toMatch(/link: down, messages wait/);
  expect((await central.client.counts()).counts.queued).toBe(0);
  await central.kill();
  await central.startLinked();
  const lines = errorLog(central);
  expect(lines.filter((line) => line.includes('node: ship1, error: orphan-ended'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('node: central, error: link-down'))).toHaveLength(1);
});

test('errors - --follow shows an error as it comes, and goes on over a restart of the node', async () => {
  const [central, ship1, ship2] = await fleet.up('central', 'ship1', 'ship2');
  const following = steward(central, '--follow', '--json');
  const shown = (node: string): Promise<string> =>
    waitFor(
      `the error of ${node} to be shown`,
      () =>
        following
          .out()
          .split('\n')
          .find((line) => line.includes(`"node":"${node}"`)),
      { withinMs, seen: () => [following.out(), following.err()] },
    );
  await leaveOrphan(central, ship1);
  await ship1.startLinked();
  expect(JSON.parse(await shown('ship1'))).toMatchObject({ node: 'ship1', code: 'orphan-ended', count: 1 });
  await central.kill();
  await central.startLinked();
  await leaveOrphan(central, ship2);
  await ship2.startLinked();
  expect(JSON.parse(await shown('ship2'))).toMatchObject({ node: 'ship2', code: 'orphan-ended', count: 1 });
  following.child.kill('SIGINT');
  expect(await following.ended).toBe(130);
  expect(following.out().trim().split('\n')).toHaveLength(2);
});

test('errors - ten thousand in a second on each of three ships are a few messages, with right counts, and central answers', async () => {
  const storming = makeVersion([
    {
      file: 'src/node/start-node.ts',
      old: "    log.info('ready', {",
      new: `    for (let tick = 0; tick < 100; tick += 1) systemTimers.after(tick * 10, () => {
      for (let number = 0; number < 100; number += 1)
        report(number % 4 === 0 ? 'busy' : 'internal', 'attempt ' + tick + ' failed', { where: ['sea', 'port'][number % 2] });
    });
    log.info('ready', {`,
    },
  ]);
  try {
    const [central] = await fleet.up('central');
    const ships = ['ship1', 'ship2', 'ship3'].map((name) => fleet.add(name));
    for (const ship of ships) ship.runner = { program: storming.program };
    await Promise.all(ships.map((ship) => ship.startLinked()));
    let slowestMs = 0;
    const counts = async (): Promise<Readonly<Record<string, number>>> => {
      const asked = performance.now();
      const { errors } = await central.client.errors({});
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      const sums: Record<string, number> = {};
      for (const { node, code, count } of errors) sums[`${node} ${code}`] = (sums[`${node} ${code}`] ?? 0) + count;
      return sums;
    };
    const whole = Object.fromEntries(
      ships.flatMap(({ name }) => [
        [`${name} busy`, 2500],
        [`${name} internal`, 7500],
      ]),
    );
    await waitFor('all counts at central', async () => isDeepStrictEqual(await counts(), whole), {
      withinMs: 90_000,
      everyMs: 100,
      seen: counts,
    });
    expect(slowestMs).toBeLessThan(2_000);
    for (const ship of ships) {
      const { counts: states } = await ship.client.counts();
      expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3);
    }
    expect(errorLog(central).length).toBeLessThanOrEqual(3 * 3 * 3);
  } finally {
    storming.remove();
  }
});
