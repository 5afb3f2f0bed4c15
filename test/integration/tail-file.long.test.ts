// A file that is followed: through rotation, truncation, kills of either node and stops, without gap or repeat.
import { appendFileSync, copyFileSync, existsSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MessageFields } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const tail = (log: string, more: object = {}): MessageFields => ({
  directory: './mine-tail-filer/',
  fileName: `${log}.log`,
  toNode: 'ship1',
  data: [pair.ship.path(log)],
  method: 'tailFile',
  ACKTimeout: 5,
  retries: 3,
  methodTimeout: -1,
  ...more,
});
const got = (log: string): string => pair.central.data('mine-tail-filer', 'ship1', `${log}.log`).toString();

/** Writes numbered lines, and remembers them all. */
class Writer {
  readonly log: string;
  written = '';
  #count = 0;

  constructor(log: string) {
    this.log = log;
    writeFileSync(pair.ship.path(log), '');
  }

  lines(count: number, to = this.log): void {
    let text = '';
    for (let left = count; left > 0; left -= 1) text += `line ${(this.#count += 1)} of ${this.log}\n`;
    appendFileSync(pair.ship.path(to), text);
    this.written += text;
  }

  /** As logrotate does: every file one number further, and a new one. */
  rotate(): void {
    for (let number = 9; number > 0; number -= 1)
      if (existsSync(pair.ship.path(`${this.log}.${number}`)))
        renameSync(pair.ship.path(`${this.log}.${number}`), pair.ship.path(`${this.log}.${number + 1}`));
    renameSync(pair.ship.path(this.log), pair.ship.path(`${this.log}.1`));
    writeFileSync(pair.ship.path(this.log), '');
  }

  arrived(): Promise<boolean> {
    return waitFor(`all of ${this.log}`, () => got(this.log) === this.written, {
      withinMs: 30_000,
      seen: () => `${got(this.log).length} of ${this.written.length} bytes`,
    });
  }
}

async function follow(log: string, more: object = {}): Promise<string> {
  const [id = ''] = await pair.central.submit(tail(log, more));
  await waitFor('the file to be followed', async () => (await pair.central.client.message(id)).state === 'running');
  return id;
}

test('tail - what is added arrives, from the end or from the start, until it is cancelled', async () => {
  writeFileSync(pair.ship.path('plain'), 'before\n');
  const id = await follow('plain');
  appendFileSync(pair.ship.path('plain'), 'after\n');
  await waitFor('the line', () => got('plain') === 'after\n');
  expect((await pair.central.steward('cancel', id)).status).toBe(0);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });

  writeFileSync(pair.ship.path('whole'), 'before\n');
  const whole = await pair.central.ask(
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
  await pair.central.steward('cancel', id);
});

test('tail - killed, stopped and started while the file is rotated, the node goes on where it was; so does the receiver', async () => {
  const writer = new Writer('killed');
  const id = await follow('killed');
  writer.lines(1000);
  await pair.ship.kill();
  writer.lines(10);
  for (let time = 0; time < 3; time += 1) {
    writer.rotate();
    writer.lines(1000);
  }
  await pair.ship.startLinked();
  await writer.arrived();
  await pair.central.kill();
  writer.lines(500);
  expect(await pair.ship.stop()).toBe(0);
  writer.lines(5);
  writer.rotate();
  writer.lines(500);
  await Promise.all([pair.central.startLinked(), pair.ship.startLinked()]);
  await writer.arrived();
  expect((await pair.central.client.message(id)).state).not.toBe('unknown');
  await pair.central.steward('cancel', id);
});

test('tail - a file that is copied and cut is read from its beginning', async () => {
  const writer = new Writer('cut');
  const id = await follow('cut');
  writer.lines(50);
  await writer.arrived();
  copyFileSync(pair.ship.path('cut'), pair.ship.path('cut.1'));
  truncateSync(pair.ship.path('cut'), 0);
  writer.lines(20);
  await writer.arrived();
  await pair.central.steward('cancel', id);
});

test('tail - a file that is cut and filled anew is not taken for what it was, also while its node is away', async () => {
  const writer = new Writer('refilled');
  const id = await follow('refilled');
  writer.lines(10);
  await writer.arrived();
  // Longer than before, at once: nobody sees it short.
  const more = Array.from({ length: 30 }, (_none, index) => `other ${index} of refilled\n`).join('');
  writeFileSync(pair.ship.path('refilled'), more);
  writer.written += more;
  await writer.arrived();
  await waitFor('the word of it', () =>
    pair.central.data('mine-tail-filer', 'ship1', 'refilled.log.error').toString().includes('was cut'),
  );
  await pair.ship.kill();
  writer.lines(10);
  copyFileSync(pair.ship.path('refilled'), pair.ship.path('refilled.1'));
  const last = Array.from({ length: 90 }, (_none, index) => `last ${index} of refilled\n`).join('');
  writeFileSync(pair.ship.path('refilled'), last);
  writer.written += last;
  await pair.ship.startLinked();
  await writer.arrived();
  await pair.central.steward('cancel', id);
});

test('tail - what was rotated away and removed while nobody followed is told, and the rest arrives', async () => {
  const writer = new Writer('gone');
  const id = await follow('gone');
  writer.lines(5);
  await writer.arrived();
  await pair.ship.kill();
  writer.rotate();
  rmSync(pair.ship.path('gone.1'));
  writer.lines(5);
  await pair.ship.startLinked();
  await writer.arrived();
  expect(pair.central.data('mine-tail-filer', 'ship1', 'gone.log.error').toString()).toContain('is missing');
  await pair.central.steward('cancel', id);
});

test('tail - what is no file to follow fails with its reason', async () => {
  expect(await pair.central.ask(tail('no-such-file'))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('there is no file') as string,
  });
  expect(await pair.central.ask(tail('', { data: ['/dev/zero'] }))).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('no regular file') as string,
  });
  expect(await pair.central.pipe(JSON.stringify([tail('x', { data: ['a', 'from=nowhere'] })]))).toContain(
    'has no option',
  );
});
