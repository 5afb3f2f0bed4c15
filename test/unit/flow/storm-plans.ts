// The storms of storms.test.ts, by what they are about.
import type { Draft } from '../../../src/model/message.ts';
import { draft } from '../../support/simulated-methods.ts';
import type { StormPlan, Trouble } from '../../support/simulated-storm.ts';
import type { Faults, SimulatedWorld } from '../../support/simulated-world.ts';

const rough: Faults = { loss: 0.1, duplicate: 0.1, delayMs: 300, methodMs: 200 };
const base = { faults: rough, rounds: 12 } as const;
const two = ['central', 'ship1'];
const three = ['central', 'ship1', 'ship2'];
const usual: readonly Trouble[] = ['crash', 'unlink', 'nothing'];
const backInTime: readonly Trouble[] = ['copy', 'copy', 'restore', 'restore', 'crash', 'unlink'];

function chance(w: SimulatedWorld, of: number): boolean {
  return w.random.next() < of;
}

function times<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}

/** Two messages of a lane: commands and pings, some unordered, some that expire soon. */
function mixed(w: SimulatedWorld, to: string): readonly Draft[] {
  const method = chance(w, 0.6) ? ('cliCommand' as const) : ('ping' as const);
  const unordered = chance(w, 0.2);
  const expires = chance(w, 0.15) ? { ackTimeoutMs: 500, retries: Math.floor(w.random.next() * 4) } : {};
  return [draft(to, method, { unordered, ...expires }), draft(to, method, { unordered })];
}

function withBody(to: string, text: string, change: Partial<Draft['message']>): Draft {
  const body = Buffer.from(text);
  return { ...draft(to, 'fileAppend', { ...change, bodySize: body.length }), body };
}

function everyLane(w: SimulatedWorld, to: string): readonly Draft[] {
  const priority = (): Partial<Draft['message']> => (chance(w, 0.3) ? { priority: chance(w, 0.5) ? 0 : 9 } : {});
  return [false, true].flatMap((unordered) => [
    draft(to, 'cliCommand', { unordered, ...priority(), fileName: 'cliCommand.txt' }),
    draft(to, 'ping', { unordered, ...priority(), fileName: 'ping.txt' }),
    withBody(to, `line ${w.random.next()}\n`, { unordered, fileName: 'fileAppend.txt' }),
  ]);
}

function shortLived(w: SimulatedWorld, to: string): readonly Draft[] {
  return times(4, () =>
    draft(to, chance(w, 0.5) ? 'cliCommand' : 'ping', {
      ackTimeoutMs: 50 + Math.floor(w.random.next() * 1500),
      retries: 0,
      unordered: chance(w, 0.2),
    }),
  );
}

function shortLivedAnswers(w: SimulatedWorld, to: string): readonly Draft[] {
  return times(3, () =>
    draft(to, chance(w, 0.6) ? 'cliCommand' : 'ping', {
      reply: {
        method: chance(w, 0.7) ? 'fileAppend' : 'none',
        args: [],
        ackTimeoutMs: chance(w, 0.2) ? 0 : 50 + Math.floor(w.random.next() * 1000),
        retries: 0,
        retryWaitMs: 0,
        methodTimeoutMs: 1000,
      },
    }),
  );
}

function withoutAck(w: SimulatedWorld, to: string): readonly Draft[] {
  return times(3, () =>
    draft(to, chance(w, 0.5) ? 'cliCommand' : 'ping', {
      ackTimeoutMs: chance(w, 0.7) ? 0 : 10_000,
      unordered: chance(w, 0.3),
    }),
  );
}

function large(w: SimulatedWorld, to: string): readonly Draft[] {
  const lines = 2000 + Math.floor(w.random.next() * 6000);
  const mark = w.random.next();
  const text = Array.from({ length: lines }, (_none, index) => `${mark} ${index}\n`).join('');
  return [
    draft(to, 'cliCommand', { args: ['print', String(lines)] }),
    withBody(to, text, { fileName: 'large' }),
    draft(to, 'ping'),
  ];
}

export const stormPlans = {
  lanes: { ...base, nodes: three, trouble: usual, drafts: everyLane },
  expiry: { ...base, nodes: two, trouble: usual, drafts: shortLived },
  answers: { ...base, nodes: two, trouble: usual, drafts: shortLivedAnswers },
  unacked: { ...base, nodes: three, trouble: usual, drafts: withoutAck },
  retries: { ...base, faults: { ...rough, retry: 0.4 }, nodes: two, trouble: usual, drafts: mixed },
  full: { ...base, nodes: two, trouble: ['full', 'full', 'crash', 'unlink'], drafts: mixed },
  large: { ...base, faults: { ...rough, loss: 0.05 }, rounds: 4, nodes: two, trouble: usual, drafts: large },
  wipe: {
    ...base,
    nodes: three,
    trouble: ['wipe', 'crash', 'unlink', 'nothing'],
    victims: ['ship1', 'ship2'],
    lastHello: true,
    drafts: mixed,
  },
  receiver: { ...base, nodes: three, trouble: backInTime, victims: ['ship1', 'ship2'], lastHello: true, drafts: mixed },
  sender: { ...base, nodes: three, trouble: backInTime, victims: ['central'], drafts: mixed },
} as const satisfies Record<string, StormPlan>;
