// The broker goes and comes, and lets only those in that it knows.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
let server: TestNatsServer | undefined;
let fleet: Fleet | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-keys-'));
});
afterEach(async () => {
  await fleet?.close();
  await server?.close();
  fleet = undefined;
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function open(config: string): Promise<Fleet> {
  server = await startTestNatsServer({ config });
  fleet = await Fleet.open({ broker: server.url });
  return fleet;
}

async function works(...nodes: readonly FleetNode[]): Promise<void> {
  const [central, ship1] = nodes;
  await Promise.all(nodes.map((node) => node.startLinked()));
  const view = await central?.ask(command('ship1', 'echo it', { directory: 'd', fileName: 'f' }));
  expect(view?.state).toBe('succeeded');
  expect(central?.data('d', 'ship1', 'f').toString()).toBe('it\n');
  expect(ship1?.says('link: no connection yet')).toBeUndefined();
}

const refused = (node: FleetNode): Promise<string> =>
  waitFor('the refusal in the log', () => node.says('link: no connection yet')?.['reason'] as string | undefined);

test('broker - it restarts five times under load, and everything goes on', async () => {
  const [central, ship1] = await (await open('')).up('central', 'ship1');
  const ids: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    ids.push(...(await central.submit(command('ship1', 'true'), { toNode: 'ship1', method: 'ping' })));
    await server?.kill();
    ids.push(...(await central.submit(command('ship1', 'true'))));
    await waitFor('the loss to be seen', async () => (await central.client.info()).link.state === 'down');
    await server?.start();
    await waitFor('the link', async () => (await central.client.info()).link.state === 'up');
  }
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect(ship1.running).toBe(true);
});

test('broker - nodes that start before it wait for it', async () => {
  const made = await open('');
  await server?.stop();
  const [central, ship1] = [made.add('central'), made.add('ship1')];
  await Promise.all([central.start(), ship1.start()]);
  const [id] = await central.submit(command('ship1', 'true'));
  expect(await central.client.message(id ?? '')).toMatchObject({ state: 'queued', waiting: 'link down' });
  await server?.start();
  expect((await central.settled(id)).state).toBe('succeeded');
});

test('broker - user and password, from a file', async () => {
  const made = await open('authorization { user: fleet, password: "a secret: with spaces" }');
  writeFileSync(join(folder, 'password'), 'a secret: with spaces\n', { mode: 0o600 });
  const flags = ['--broker-user', 'fleet', '--broker-password-file', join(folder, 'password')];
  await works(made.add('central', ...flags), made.add('ship1', ...flags));
  const stranger = made.add('stranger');
  await stranger.start();
  expect(await refused(stranger)).toMatch(/authorization/i);
});

test('broker - an nkey, with its seed in a file', async () => {
  const user = nkeys.createUser();
  const made = await open(`authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`);
  writeFileSync(join(folder, 'seed'), `${Buffer.from(user.getSeed()).toString()}\n`, { mode: 0o600 });
  const flags = ['--nkey-seed-file', join(folder, 'seed')];
  await works(made.add('central', ...flags), made.add('ship1', ...flags));
  writeFileSync(join(folder, 'other'), Buffer.from(nkeys.createUser().getSeed()));
  const stranger = made.add('stranger', '--nkey-seed-file', join(folder, 'other'));
  await stranger.start();
  expect(await refused(stranger)).toMatch(/authorization/i);
});

test('broker - TLS with a CA of our own, and not without it', async ({ skip }) => {
  if (!hasOpenssl()) skip('openssl is not installed');
  makeCertificates();
  const made = await open(
    `tls { cert_file: "${join(folder, 'server.pem')}", key_file: "${join(folder, 'server.key')}" }`,
  );
  const address = ['--broker-address', `tls://127.0.0.1:${server?.port}`];
  const flags = [...address, '--root-ca-path', join(folder, 'ca.pem')];
  await works(made.add('central', ...flags), made.add('ship1', ...flags));
  const stranger = made.add('stranger', ...address);
  await stranger.start();
  expect(await refused(stranger)).toMatch(/certificate/i);
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    // There is no such program.
    return false;
  }
}

function makeCertificates(): void {
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test ca');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=broker');
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl(
    ...'x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem'.split(
      ' ',
    ),
  );
}
