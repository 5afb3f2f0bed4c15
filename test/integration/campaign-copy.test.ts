// A large file over a thin link that is cut again and again, while both nodes are killed: it arrives whole, and little of it is sent twice.
// STEWARD_TEST_SEED repeats the choices of a run; its timing is not in it.
import { createHash, randomFillSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { peakResidentMb } from '../../bench/lab/processes.ts';
import { openFaultyLink, type Direction, type FaultyLink } from '../../faults/lab/faulty-link.ts';
import { perfect } from '../../faults/lab/link-profile.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const mebibyte = 1024 * 1024;
/** The way back is the same with less. */
const ways: readonly (readonly [Direction, number])[] = [
  ['up', 200],
  ['down', 100],
];
const bytesPerSecond = 4_000_000;
const cutEveryMs = 2_000;
const mostSentAgain = 0.05;
/** Far from the size of the file; how much it is on a quiet machine stands in BENCHMARKS.md. */
const mostPeakMb = 130;

let broker: TestNatsServer;
let fleet: Fleet;
let link: FaultyLink;
let central: FleetNode;
let ship: FleetNode;

beforeAll(async () => {
  broker = await startTestNatsServer();
  fleet = await Fleet.open({ broker: broker.url });
  link = await openFaultyLink({ name: 'ship1', toPort: Number(new URL(broker.url).port), random: seededRandom(seed) });
  link.use({ ...perfect, bytesPerSecond });
  central = fleet.add('central');
  ship = fleet.add('ship1', '--broker-address', link.url);
  await Promise.all([central.startLinked(), ship.startLinked()]);
});
afterAll(async () => {
  await fleet?.close();
  await link?.close();
  await broker?.close();
});

test.each(ways)(
  `copy campaign - %s a link of 4 MB/s, %i MiB, that is cut every two seconds, each node killed twice (STEWARD_TEST_SEED=${seed})`,
  async (direction, mib) => {
    const fileBytes = mib * mebibyte;
    const random = seededRandom(seed);
    const [source, target] = direction === 'up' ? [ship, central] : [central, ship];
    const bytes = randomFillSync(Buffer.alloc(fileBytes));
    writeFileSync(source.path('large'), bytes);
    const before = link.taken(direction);
    const sent = (): number => link.taken(direction) - before;
    let cuts = 0;
    const cutting = setInterval(() => (cuts += link.cut()), cutEveryMs);
    const peaks: number[] = [];
    const kill = async (node: FleetNode): Promise<void> => {
      peaks.push(peakResidentMb(node.pid));
      await node.kill();
      await node.start();
    };
    try {
      const [id] = await central.submit({
        toNode: source.name,
        method: 'copySrc',
        methodArgs: ['large', target.name, 'arrived'],
        replyMethod: 'none',
      });
      const moments = Array.from(
        { length: 4 },
        (_none, index) => ((index + 0.2 + 0.6 * random.next()) / 4) * fileBytes,
      );
      for (const [index, moment] of moments.entries()) {
        await waitFor(`${moment} bytes`, () => sent() >= moment, { withinMs: 120_000, seen: sent });
        await kill(index % 2 === 0 ? source : target);
      }
      expect(await central.settled(id, 180_000)).toMatchObject({ state: 'succeeded' });
    } finally {
      clearInterval(cutting);
    }
    const hash = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex');
    expect(hash(readFileSync(target.path('arrived')))).toBe(hash(bytes));
    peaks.push(peakResidentMb(source.pid), peakResidentMb(target.pid));
    const again = sent() / fileBytes - 1;
    console.log(
      `${direction}, seed ${seed}: ${cuts} cuts, ${(again * 100).toFixed(2)} % more than the file was sent, peaks ${peaks.map((peak) => peak.toFixed(0)).join(', ')} MB`,
    );
    expect(again).toBeLessThan(mostSentAgain);
    expect(Math.max(...peaks)).toBeLessThan(mostPeakMb);
  },
  400_000,
);
