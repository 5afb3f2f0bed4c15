// A file that is followed: through rotation, truncation, kills of either node and stops, without gap or repeat.
import { appendFileSync, copyFileSync, existsSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let broker: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let ship: FleetNode;

beforeAll(async () => {
  broker = await startTestNatsServer();
  fleet = await Fleet.open({ broker: broker.url });
  [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.startLinked(), ship.startLinked()]);
});

afterAll(async () => {
  await fleet.close();
  await broker.close();
});

const tail = (log: string, more: object = {}): MessageFields => ({
  directory: './mine-tail-filer/',
  fileName: `${log}.log`,
  toNode: 'ship1',
  data: [ship.path(log)],
  method: 'tailFile',
  ACKTimeout: 5,
  retries: 3,
  methodTimeout: -1,
  ...more,
});
const got = (log: string): string => central.data('mine-tail-filer', 'ship1', `${log}.log`).toString();

/** Writes numbered lines, and remembers them all. */
class Writer {
  readonly log: string;
  written = '';
  #count = 0;

  constructor(log: string) {
    this.log = log;
    writeFileSync(ship.path(log), '');
  }

  lines(count: number, to = this.log): void {
    let text = '';
    for (let left = count; left > 0; left -= 1) text += `line ${(this.#count += 1)} of ${this.log}\n`;
    appendFileSync(ship.path(to), text);
    this.written += text;
  }

  /** As logrotate does: every file one number further, and a new one. */
  rotate(): void {
    for (let number = 9; number > 0; number -= 1)
      if (existsSync(ship.path(`${this.log}.${number}`)))
        renameSync(ship.path(`${this.log}.${number}`), ship.path(`${this.log}.${number + 1}`));
    renameSync(ship.path(this.log), ship.path(`${this.log}.1`));
    writeFileSync(ship.path(this.log), '');
  }

  arrived(): Promise<boolean> {
    return waitFor(`all of ${this.log}`, () => got(this.log) === this.written, {
      withinMs: 30_000,
      seen: () => `${got(this.log).length} of ${this.written.length} bytes`,
    });
  }
}

async function follow(log: string, more: object = {}): Promise<string> {
  const [id = ''] = await central.submit(tail(log, more));
  await waitFor('the file to be followed', async () => (await central.client.message(id)).state === 'running');
  return id;
}

test('tail - what is added arrives, from the end or from the start, until it is cancelled', async () => {
  writeFileSync(ship.path('plain'), 'before\n');
  const id = await follow('plain');
  appendFileSync(ship.path('plain'), 'after\n');
  await waitFor('the line', () => got('plain') === 'after\n');
  expect((await central.steward('cancel', id)).status).toBe(0);
  expect(await central.settled(id)).toMatchObject({ state: 'cancelled' });

  writeFileSync(ship.path('whole'), 'before\n');
  const whole = await central.ask(
    tail('whole', { data: undefined, methodArgs: ['whole', 'from=start'], methodTimeout: 1 }),
  );
  expect(whole).toMatchObject({ state: 'succeeded', outcome: { streamed: { stdoutBytes: 7 } } });
  expect(got('whole')).toBe('before\n');
});

test('tail - a file that is rotated five times meanwhile arrives whole and in order', async () => {
  const writer = new Writer('rotated');
  const id = await follow('rotated');
  writer.lines(100);
  for (let time = 0; time < 5; time += 1) {
    writer.rotate();
    // Who wrote goes on with the file that it had, until it is told.
    writer.lines(10, 'rotated.1');
    writer.lines(100);
  }
  await writer.arrived();
  await central.steward('cancel', id);
});

test('tail - killed, stopped and started while the file is rotated, the node goes on where it was; so does the receiver', async () => {
  const writer = new Writer('killed');
  const id = await follow('killed');
  writer.lines(1000);
  await ship.kill();
  writer.lines(10);
  for (let time = 0; time < 3; time += 1) {
    writer.rotate();
    writer.lines(1000);
  }
  await ship.startLinked();
  await writer.arrived();
  await central.kill();
  writer.lines(500);
  expect(await ship.stop()).toBe(0);
  writer.lines(5);
  writer.rotate();
  writer.lines(500);
  await Promise.all([central.startLinked(), ship.startLinked()]);
  await writer.arrived();
  expect((await central.client.message(id)).state).not.toBe('unknown');
  await central.steward('cancel', id);
});

test('tail - a file that is copied and cut is read from its beginning', async () => {
  const writer = new Writer('cut');
  const id = await follow('cut');
  writer.lines(50);
  await writer.arrived();
  copyFileSync(ship.path('cut'), ship.path('cut.1'));
  truncateSync(ship.path('cut'), 0);
  writer.lines(20);
  await writer.arrived();
  await central.steward('cancel', id);
});

test('tail - what was rotated away and removed while nobody followed is told, and the rest arrives', async () => {
  const writer = new Writer('gone');
  const id = await follow('gone');
  writer.lines(5);
  await writer.arrived();
  await ship.kill();
  writer.rotate();
  rmSync(ship.path('gone.1'));
  writer.lines(5);
  await ship.startLinked();
  await writer.arrived();
  expect(central.data('mine-tail-filer', 'ship1', 'gone.log.error').toString()).toContain('is missing');
  await central.steward('cancel', id);
});

test('tail - what is no file to follow fails with its reason', async () => {
  expect(await central.ask(tail('no-such-file'))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('there is no file') as string,
  });
  expect(await central.ask(tail('', { data: ['/dev/zero'] }))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('no regular file') as string,
  });
  expect(await central.pipe(JSON.stringify([tail('x', { data: ['a', 'from=nowhere'] })]))).toContain('has no option');
});
