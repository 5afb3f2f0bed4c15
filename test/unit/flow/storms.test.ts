import { describe, test } from 'vitest';
import { checkHistory, type Allowed } from '../../support/simulated-history.ts';
import { runStorm, type Storm } from '../../support/simulated-storm.ts';
import { stormPlans } from './storm-plans.ts';

const seeds = Number(process.env['STEWARD_TEST_SEEDS'] ?? 12);
/** To look at one alone. */
const only = Number(process.env['STEWARD_TEST_SEED'] ?? 0);

function check(name: keyof typeof stormPlans, allow: (storm: Storm) => Allowed = () => ({})): void {
  for (let seed = only || 1; seed <= (only || seeds); seed += 1) {
    const storm = runStorm(seed, stormPlans[name]);
    checkHistory(`storm ${name}, seed ${seed}`, storm.world, allow(storm));
  }
}

/** A store that was exchanged may have known of anything since it was copied. */
function anything({ forgotten, exchanged }: Storm): Allowed {
  return { forgotten, again: exchanged, unknownUnrun: true, answersTwice: true };
}

describe(`storms of ${seeds} seeds`, { timeout: 120_000 }, () => {
  test('storm - three nodes that all send to each other, in many lanes', () => check('lanes'));

  test('storm - messages that expire while they are being delivered', () => check('expiry'));

  test('storm - answers whose own criteria end them, or that want no ACK', () => check('answers'));

  test('storm - messages that want no ACK run once at most', () => check('unacked'));

  test('storm - files whose disk has no room now and then', () => check('retries'));

  test('storm - stores that cannot write for a while', () => {
    check('full', () => ({ unknownUnrun: true }));
  });

  test('storm - large bodies and large answers', () => check('large'));

  test('storm - receivers that lose their stores run nothing twice', () => {
    check('wipe', ({ forgotten }) => ({ forgotten, unknownUnrun: true, answersTwice: true }));
  });

  test('storm - receivers whose stores go back in time', () => {
    check('receiver', (storm) => ({ ...anything(storm), untold: true }));
  });

  test('storm - senders whose stores go back in time', () => check('sender', anything));
});
