// Runs what docs/relay.md shows: a gateway between two brokers, and a command that goes by it.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { fencesIn } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';

const fences = fencesIn(readText('docs/relay.md'));

function fence(info: string): string {
  const found = fences.find((candidate) => candidate.info === info);
  if (found === undefined) throw new Error(`the page has no block "${info}"`);
  return found.text.trim();
}

test('relay page - every block is of a kind that is executed here', () => {
  expect(fences.map(({ info }) => info)).toEqual([
    'sh gateway',
    'sh island',
    'sh central',
    'text central',
    'json island.json',
  ]);
});

test('relay page - the nodes, the command and the message file do what it says', async () => {
  const [north, south] = await Promise.all([startTestNatsServer(), startTestNatsServer()]);
  const fleet = await Fleet.open({ broker: north.url });
  try {
    const argsOf = (info: string): readonly string[] => {
      const [program, command, ...args] = fence(info)
        .replaceAll('nats://north.example.com', north.url)
        .replaceAll('nats://south.example.com', south.url)
        .split(' ');
      expect([program, command]).toEqual(['steward', 'node']);
      return args.slice(2);
    };
    const [central] = await fleet.up('central');
    const gateway = fleet.add('gateway', ...argsOf('sh gateway'));
    const island = fleet.add('island', ...argsOf('sh island'));
    await Promise.all([gateway, island].map((node) => node.startLinked()));
    const [, ...words] = fence('sh central').split(' ');
    const said = await central.steward(...words);
    const normal = (text: string): string =>
      text
        .replace(/\d+ ms/, 'SPAN')
        .replaceAll(/ +/g, ' ')
        .trim();
    expect({ ...said, out: normal(said.out) }).toEqual({ status: 0, out: normal(fence('text central')), err: '' });

    writeFileSync(central.path('island.json'), fence('json island.json'));
    expect((await central.steward('send', 'island.json', '--wait')).status).toBe(0);
    expect(central.data('far', 'island', 'uptime.txt').toString()).toContain('load average');

    // Where it is, while the island is away.
    await island.kill();
    const [id] = await central.submit({ toNode: 'island', via: 'gateway', method: 'ping' });
    await expect.poll(async () => (await central.client.message(id ?? '')).waiting).toBe('on its way, at gateway');
    const queue = await gateway.steward('queue');
    expect(queue.out).toContain('ping@central/island');
    expect((await central.steward('cancel', id ?? '')).status).toBe(0);
    await island.start();
    expect((await central.settled(id)).state).toBe('cancelled');
  } finally {
    await fleet.close();
    await Promise.all([north.close(), south.close()]);
  }
}, 60_000);
