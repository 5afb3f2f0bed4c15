// The link comes back, whenever the broker goes.
import { afterEach, expect, test } from 'vitest';
import { systemTimers } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openLink, type Link, type LinkOptions } from '../../src/link/open-link.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startScriptedBroker, type Meeting, type ScriptedBroker } from '../support/scripted-broker.ts';
import { waitFor } from '../support/wait-for.ts';

/** A pause and a dial, on a busy machine; the handshake may take 20 s where nobody answers. */
const soonMs = 5_000;

let broker: ScriptedBroker;
let link: Link;

afterEach(async () => {
  await link.close();
  await broker.close();
});

interface Seen {
  ups: number;
  downs: number;
}

function optionsOf(seen: Seen): LinkOptions {
  return {
    servers: [broker.url],
    name: 'ship1',
    subjects: ['steward.ship1.*.*.*'],
    log: quietLog,
    report: () => undefined,
    onFrame: () => undefined,
    onNoResponders: () => undefined,
    onUp: () => (seen.ups += 1),
    onDown: () => (seen.downs += 1),
    onFailed: (error) => {
      throw error;
    },
    timers: systemTimers,
    random: systemRandom,
  };
}

async function open(...script: readonly Meeting[]): Promise<Seen> {
  broker = await startScriptedBroker(...script);
  const seen = { ups: 0, downs: 0 };
  link = openLink(optionsOf(seen));
  return seen;
}

test('link - dials again at once when the broker dies in the middle of the first handshake', async () => {
  const seen = await open('break off');
  await waitFor('the link', () => seen.ups === 1, { withinMs: soonMs });
  expect(broker.met()).toBe(2);
});

test('link - dials again at once when the broker dies in the middle of a later handshake', async () => {
  const seen = await open('serve', 'break off');
  await waitFor('the link', () => seen.ups === 1, { withinMs: soonMs });
  broker.drop();
  await waitFor('the link to be back', () => seen.ups === 2, { withinMs: soonMs });
  expect(seen.downs).toBe(1);
  expect(broker.met()).toBe(3);
});

test('link - listens on a new connection to all that it was told before, also while there was none', async () => {
  const seen = await open('serve', 'break off', 'break off');
  await waitFor('the link', () => seen.ups === 1);
  link.listen('steward-hello.ship2');
  await waitFor('the subscription', () => broker.heard().includes('SUB steward-hello.ship2 '));
  broker.drop();
  await waitFor('the link to be down', () => seen.downs === 1);
  link.listen('steward-hello.ship3');
  const before = broker.heard().length;
  await waitFor('the link to be back', () => seen.ups === 2);
  for (const subject of ['steward.ship1.*.*.*', 'steward-hello.ship2', 'steward-hello.ship3'])
    await waitFor(subject, () => broker.heard().slice(before).includes(`SUB ${subject} `));
});

test.each(['silent', 'mute'] as const)('link - a broker that hangs keeps no connection (%s)', async (meeting) => {
  broker = await startScriptedBroker(meeting, meeting);
  const seen = { ups: 0, downs: 0 };
  link = openLink({ ...optionsOf(seen), dialTimeoutMs: 300 });
  await waitFor('the link', () => seen.ups === 1, { withinMs: soonMs });
  expect(broker.met()).toBe(3);
  await waitFor('the others to be gone', () => broker.open() === 1, { withinMs: 1_000 });
});

test.each(['silent', 'mute'] as const)('link - closing it ends a handshake that hangs (%s)', async (meeting) => {
  broker = await startScriptedBroker(meeting);
  // The time that a handshake has is longer than this test.
  link = openLink(optionsOf({ ups: 0, downs: 0 }));
  await waitFor('the connection', () => broker.open() === 1);
  await link.close();
  await waitFor('the connection to be gone', () => broker.open() === 0, { withinMs: 1_000 });
});
