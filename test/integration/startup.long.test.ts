// Startup messages on real nodes: with a broker, without one, and through kills.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const { pair, nowhere } = { pair: usePair(), nowhere: 'nats://127.0.0.1:1' };

function write(node: FleetNode, file: string, content: unknown): void {
  mkdirSync(node.path('etc', 'startup'), { recursive: true });
  writeFileSync(node.path('etc', 'startup', file), typeof content === 'string' ? content : JSON.stringify(content));
}

const shell = (script: string, more: object = {}): object => ({
  method: 'cliCommand',
  methodArgs: ['sh', '-c', script],
  replyMethod: 'none',
  ...more,
});

async function alone(use: (node: FleetNode) => Promise<void>): Promise<void> {
  const fleet = await Fleet.open({ broker: nowhere });
  try {
    await use(fleet.add('ship9'));
  } finally {
    await fleet.close();
  }
}

const lines = (node: FleetNode, file: string): readonly string[] =>
  existsSync(node.path(file)) ? readFileSync(node.path(file), 'utf8').split('\n').slice(0, -1) : [];

test('startup - without a link, a node runs what it can, sets the rest aside, and reports that once', async () => {
  await alone(async (node) => {
    write(node, '1-good.json', {
      toNode: 'local',
      ...shell('echo good'),
      replyMethod: 'fileAppend',
      fileName: 'good.txt',
    });
    write(node, '2-broken.yaml', 'toNode: local\nmethod: ping\nmethodTimeout: soon\n');
    write(node, '3-unknown.json', { method: 'makeCoffee' });
    write(node, '4-endless.json', shell('echo $$ >> pids; exec sleep 600', { methodTimeout: -1 }));
    write(node, '5-elsewhere.json', { toNode: 'ship1', method: 'ping' });
    await node.start();
    await waitFor('the answer of the good one', () => node.data('ship9', 'good.txt').toString() === 'good\n');
    await waitFor('the endless one', () => lines(node, 'pids').length === 1);
    const told = node.log().filter(({ msg }) => msg.startsWith('a startup message was set aside'));
    expect(told.map(({ name, field, line }) => ({ name, field, line }))).toEqual([
      { name: '2-broken', field: 'methodTimeout', line: 3 },
      { name: '3-unknown', field: 'method', line: 1 },
      { name: '5-elsewhere', field: 'toNode', line: 1 },
    ]);
    expect(readdirSync(node.path('etc', 'startup')).filter((file) => file.endsWith('.broken'))).toHaveLength(3);
    const list = JSON.parse((await node.steward('startup', '--json')).out) as {
      startup: { name: string; state: string }[];
    };
    expect(list.startup.map(({ name, state }) => `${name} ${state}`)).toEqual([
      '1-good ended',
      '4-endless given',
      '2-broken broken',
      '3-unknown broken',
      '5-elsewhere broken',
    ]);
    await node.stop();
    await node.start();
    await waitFor('the endless one again', () => lines(node, 'pids').length === 2);
    await waitFor('the good one again', () => node.data('ship9', 'good.txt').toString() === 'good\ngood\n');
    expect(node.says('a startup message was set aside')).toBeUndefined();
  });
});

test('startup - of more files than it reads a node leaves the rest as they are, and says how many', async () => {
  await alone(async (node) => {
    for (let index = 100; index < 203; index += 1) write(node, `g${index}.json`, { method: 'ping' });
    write(node, '0-fails.json', shell('exit 3'));
    write(node, '1-broken.json', '{');
    await node.start();
    await waitFor('the one that fails', () => node.says('a startup message did not succeed') !== undefined);
    const list = async (): Promise<unknown> => JSON.parse((await node.steward('startup', '--json')).out);
    const failed = { name: '0-fails', state: 'ended', reason: 'failed' };
    expect(await list()).toMatchObject({
      notRead: 5,
      startup: expect.arrayContaining([expect.objectContaining(failed)]) as unknown,
    });
    expect(node.says('more than 100 startup messages: 5 are not read')).toBeDefined();
    await node.stop();
    await node.start();
    await waitFor('the one that fails', () => node.says('a startup message did not succeed') !== undefined);
    const again = await node.steward('startup');
    expect(again.err).toBe('4 more were not read at the start: a node reads so many and no more\n');
    expect(again.out).toMatch(/1-broken +broken .*set aside at an earlier start/);
    expect(readdirSync(node.path('etc', 'startup')).filter((file) => file.endsWith('.broken'))).toEqual([
      '1-broken.json.broken',
    ]);
  });
});

test('startup - a file whose name has no ending that is read is told of, and left alone', async () => {
  await alone(async (node) => {
    for (const name of ['hello', '.note', 'old.json.broken']) write(node, name, shell('true'));
    await node.start();
    const told = await waitFor('the word of it', () => node.says('not read in the startup folder'));
    expect(told).toMatchObject({ code: 'startup-failed', msg: 'not read in the startup folder: hello' });
    expect(readdirSync(node.path('etc', 'startup')).sort()).toEqual(['.note', 'hello', 'old.json.broken']);
  });
});

test('startup - a kill in mid-run gives each of them once in the next life, and never two at a time', async () => {
  await alone(async (node) => {
    write(node, 'once.json', shell('echo $$ >> once; [ $(wc -l < once) -gt 1 ] || sleep 600', { methodTimeout: '1h' }));
    write(node, 'on.json', shell('echo $$ >> on; exec sleep 600', { methodTimeout: -1 }));
    await node.start();
    for (const life of [1, 2, 3]) {
      await waitFor(
        `both in life ${life}`,
        () => lines(node, 'once').length === life && lines(node, 'on').length === life,
      );
      await node.kill();
      await node.start();
    }
    await waitFor('both in the last life', () => lines(node, 'once').length === 4 && lines(node, 'on').length === 4);
    for (const pid of lines(node, 'on').slice(0, 3)) expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(existsSync(`/proc/${lines(node, 'on')[3]}`)).toBe(true);
  });
});

test('startup - one without end begins again with a growing pause, and the operator is told', async () => {
  await alone(async (node) => {
    write(node, 'fails.json', shell('echo x >> runs; exit 3', { methodTimeout: -1 }));
    await node.start();
    await waitFor('three runs', () => lines(node, 'runs').length >= 3, { withinMs: 20_000 });
    const errors = await node.client.errors({ code: 'startup-ended' });
    expect(errors.errors).toHaveLength(1);
    const pauses = node.log().filter(({ msg }) => msg.startsWith('a startup message is to run on'));
    expect(pauses[0]?.['pauseMs']).toBe(1000);
  });
});

test('startup - the answer goes to the node that fromNode names, and the messages are written from afar', async () => {
  const { central, ship } = pair;
  writeFileSync(
    central.path('disk.json'),
    JSON.stringify({
      ...shell('echo from the ship'),
      fromNode: 'central',
      replyMethod: 'fileAppend',
      fileName: 'told.txt',
    }),
  );
  expect(await central.steward('startup', 'add', 'disk', 'disk.json', '--at', 'ship1', '--now')).toEqual({
    status: 0,
    out: 'disk: added\n',
    err: '',
  });
  await waitFor('the answer', () => central.data('ship1', 'told.txt').toString() === 'from the ship\n');
  writeFileSync(central.path('bad.json'), '{"method": "ping", "colour": "red"}');
  const bad = await central.steward('startup', 'add', 'bad', 'bad.json', '--at', 'ship1');
  expect(bad.status).toBe(1);
  expect(bad.err).toMatch(/^steward: ship1: bad, line 1.*unknown field "colour"/);
  await ship.stop();
  await ship.startLinked();
  await waitFor('the answer of the next start', () => central.data('ship1', 'told.txt').toString().length === 28);
  expect((await central.steward('startup', '--at', 'ship1')).out).toMatch(/^NAME.*\ndisk +ended +cliCommand/);
  expect((await central.steward('startup', 'remove', 'disk', '--at', 'ship1')).out).toBe('disk: removed\n');
  expect((await central.steward('startup', '--at', 'ship1')).out).toBe('there are no startup messages\n');
});

test('startup - a ship follows its own log for central, without gap or repeat, over kills, a stop, and a link that is down', async () => {
  const { central, ship, broker } = pair;
  const log = ship.path('ship.log');
  const written: string[] = [];
  const add = (count: number): void => {
    const more = Array.from({ length: count }, (_, index) => `line ${written.length + index}`);
    written.push(...more);
    appendFileSync(log, more.map((line) => `${line}\n`).join(''));
  };
  const arrived = (): string => central.data('logs', 'ship1', 'ship.txt').toString();
  const all = (): Promise<boolean> =>
    waitFor('all lines at central', () => arrived() === written.map((line) => `${line}\n`).join(''), {
      withinMs: 30_000,
      seen: () => [written.length, arrived().split('\n').length],
    });
  add(3);
  write(ship, 'follow.json', {
    toNode: 'local',
    fromNode: 'central',
    method: 'tailFile',
    methodArgs: ['ship.log', 'from=start'],
    methodTimeout: -1,
    directory: 'logs',
    fileName: 'ship.txt',
  });
  await ship.stop();
  await ship.startLinked();
  await all();
  add(50);
  await ship.kill();
  add(50);
  await ship.startLinked();
  await all();
  await ship.stop();
  add(50);
  await ship.startLinked();
  await all();
  await central.kill();
  add(50);
  await central.startLinked();
  await all();
  await broker.kill();
  add(50);
  await ship.kill();
  await ship.start();
  add(50);
  await broker.start();
  await all();
  const { startup } = JSON.parse((await ship.steward('startup', '--json')).out) as {
    startup: { name: string; state: string; id: string }[];
  };
  const followed = startup.find(({ name }) => name === 'follow');
  expect(followed?.state).toBe('given');
  // What it brings is at home nowhere but in the file itself.
  expect(ship.data('logs', 'ship1', 'ship.txt').length).toBe(0);
  expect(['delivered', 'running']).toContain((await ship.client.message(followed?.id ?? '')).state);
  expect((await central.client.errors({ code: 'output-lost' })).errors).toEqual([]);
  await ship.steward('cancel', followed?.id ?? '');
  expect((await ship.settled(followed?.id)).state).toBe('cancelled');
}, 120_000);

test('startup - output in parts that central cannot write is told there, and a program that is not of its asking never runs', async () => {
  const { central, ship } = pair;
  mkdirSync(central.path('data', 'logs', 'ship1', 'taken.txt'), { recursive: true });
  write(ship, 'cannot.json', {
    fromNode: 'central',
    method: 'cliCommandCont',
    methodArgs: ['sh', '-c', 'echo one; sleep 0.3; echo two'],
    directory: 'logs',
    fileName: 'taken.txt',
  });
  write(ship, 'program.json', {
    fromNode: 'central',
    method: 'cliCommandCont',
    methodArgs: ['sh', '-c', 'echo one'],
    replyMethod: 'cliCommand',
    replyMethodArgs: ['touch', 'ran'],
  });
  write(ship, 'seen.json', {
    fromNode: 'central',
    method: 'cliCommandCont',
    methodArgs: ['sh', '-c', 'echo from afar; echo mistake >&2'],
    replyMethod: 'console',
  });
  await ship.stop();
  await ship.startLinked();
  expect(ship.says('a startup message was set aside')).toMatchObject({ name: 'program', field: 'fromNode' });
  const lost = await waitFor('the loss to be told', async () => {
    const { errors } = await central.client.errors({ code: 'output-lost' });
    return errors.length > 0 && errors;
  });
  expect(lost).toMatchObject([{ node: 'central', text: expect.stringContaining('node ship1') as string }]);
  await waitFor('the output on the console of central', () => central.printed().includes('from afar\n'));
  expect(existsSync(central.path('ran'))).toBe(false);
});
