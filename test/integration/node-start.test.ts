// A node that cannot start says so in one line, ends, and leaves nothing behind that would keep the next one from it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let fleet: Fleet;
let ship1: FleetNode;

beforeEach(async () => {
  // Nobody listens there: a start needs no broker.
  fleet = await Fleet.open({ broker: 'nats://127.0.0.1:9' });
  ship1 = fleet.add('ship1');
});
afterEach(() => fleet.close());

/** Answers the last line of its log. It must end by itself. */
async function refuses(...args: readonly string[]): Promise<string> {
  const started = ship1.launch(...args);
  let ended: unknown;
  void started.ended.then((how) => (ended = how));
  await waitFor('the node to end', () => ended !== undefined, { seen: () => started.err() });
  expect(ended).toBe(2);
  return started.err().trimEnd().split('\n').at(-1) ?? '';
}

function block(...path: readonly string[]): () => void {
  const blocked = ship1.path(...path);
  mkdirSync(dirname(blocked), { recursive: true });
  rmSync(blocked, { force: true });
  writeFileSync(blocked, 'not ours');
  return () => {
    expect(readFileSync(blocked, 'utf8')).toBe('not ours');
    rmSync(blocked);
  };
}

test.each(['steward.sock', 'steward-api.sock'])(
  'start - a file in place of %s ends it, and the next one starts',
  async (name) => {
    const unblock = block('tmp', name);
    const line = await refuses('--default-expires', '2d');
    expect(line).toBe(
      `steward: ${ship1.path('tmp', name)} is in the way: it is no socket (move it away, or choose another socket folder)`,
    );
    expect(readdirSync(ship1.path('tmp'))).toEqual([name]);
    // A start that fails changes no file of its owner.
    expect(existsSync(ship1.path('etc'))).toBe(false);
    unblock();
    await ship1.start();
  },
);

test('start - a seed file without a seed ends it, and the next one starts', async () => {
  writeFileSync(ship1.path('seed'), 'no seed\n');
  expect(await refuses('--nkey-seed-file', 'seed')).toMatch(/^steward: .*seed holds no nkey seed/);
  expect(readdirSync(ship1.path('tmp'))).toEqual([]);
  await ship1.start();
});

test('start - one that fails runs nothing of what waits', async () => {
  const server = await startTestNatsServer();
  try {
    const central = fleet.add('central', '--broker-address', server.url);
    await Promise.all([central.startLinked(), ship1.startLinked('--broker-address', server.url)]);
    await central.submit(command('ship1', 'echo ran >> ran; sleep 300', { method: 'REQnCliCommand', rerun: 'always' }));
    const ran = (): string => readFileSync(ship1.path('ran'), 'utf8');
    await waitFor('the command to run', () => ran() === 'ran\n');
    await ship1.kill();
    const unblock = block('tmp', 'steward-api.sock');
    await refuses();
    expect(ran()).toBe('ran\n');
    unblock();
    await ship1.start();
    await waitFor('the command to run again', () => ran() === 'ran\nran\n');
  } finally {
    await server.close();
  }
});
