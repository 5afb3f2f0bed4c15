// Runs what docs/fleet.md shows.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { fencesIn } from '../unit/rules/markdown.ts';
import { readText } from '../unit/rules/tree.ts';

const fences = fencesIn(readText('docs/fleet.md'));

function fence(info: string): string {
  const found = fences.find((candidate) => candidate.info === info);
  if (found === undefined) throw new Error(`the page has no block "${info}"`);
  return found.text.trim();
}

/** Without what differs from one run to the next. */
const normal = (text: string): string =>
  text
    .replaceAll(/\b01[0-9a-z]{18}\b/g, 'ID')
    .replaceAll(/\b\d+ (ms|s|d \d+ h)(?= )/g, 'SPAN')
    .replaceAll(/\b\d+ (ms|s)$/gm, 'SPAN')
    .replaceAll(/ +/g, ' ')
    .trim();

test('fleet page - every block is of a kind that is executed here', () => {
  const shown = ['preview', 'progress', 'queue'].flatMap((name) => [`sh ${name}`, `text ${name}`]);
  expect(fences.map(({ info }) => info).toSorted()).toEqual(
    ['sh ship1', 'json upgrade.json', 'sh urgent', ...shown].toSorted(),
  );
});

test('fleet page - groups, progress, late joiners, priorities and queues are as it says', async () => {
  const broker = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: broker.url });
  try {
    const [central] = await fleet.up('central');
    const [, , , , ...args] = fence('sh ship1').split(' ');
    const ship1 = fleet.add('ship1', ...args);
    await Promise.all([ship1.startLinked(), awayAgain(fleet.add('ship2', '--groups', 'north'))]);
    // Whoever is sent something is known to be away.
    await central.ask({ toNode: 'ship2', method: 'ping', expires: 1 });
    const says = async (info: string, id = ''): Promise<string> => {
      const [, ...words] = fence(info).replace('01j9zq3k5w7m2x4c6v8b', id).split(' ');
      const { err, out } = await central.steward(...words);
      expect(err).toBe('');
      return normal(out);
    };
    await expect.poll(() => says('sh preview')).toBe(normal(fence('text preview')));

    const sent = await central.steward('run', '--no-wait', '@north', '--', 'uptime');
    const [first = ''] = sent.out.split('\n');
    await expect.poll(() => says('sh progress', first)).toBe(normal(fence('text progress')));

    await says('sh urgent');
    const sorted = (text: string): readonly string[] => normal(text).split('\n');
    expect(sorted(await says('sh queue'))).toEqual(sorted(fence('text queue')));

    writeFileSync(central.path('upgrade.json'), fence('json upgrade.json'));
    const upgrade = await central.steward('send', 'upgrade.json');
    expect(upgrade.out.trim().split('\n').length).toBe(2);
    const submission = /--submission (\S+)/.exec(upgrade.err)?.[1] ?? '';
    await fleet.add('ship3').startLinked();
    const succeeded = async (): Promise<number> => (await central.client.submissionOf(submission)).counts.succeeded;
    await expect.poll(succeeded, { timeout: 15_000 }).toBe(2);
    expect((await central.steward('cancel', '--submission', submission)).out).toBe(
      '1 cancelled; nodes that appear from now on get nothing of it\n',
    );
  } finally {
    await fleet.close();
    await broker.close();
  }
}, 60_000);

/** Central has heard of it. */
async function awayAgain(node: FleetNode): Promise<void> {
  await node.startLinked();
  await node.stop();
}
