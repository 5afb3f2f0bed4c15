// Steps that are no lane's crash, at each of their points: a submission, the end of a message, errors of central itself.
import { describe, expect, test } from 'vitest';
import { packErrors } from '../../../src/model/error-batch.ts';
import type { SubmitAnswer } from '../../../src/flow/event.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { checkHistory, requests } from '../../support/simulated-history.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Scene {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
}

function scene(): Scene {
  const w = new SimulatedWorld(3, { loss: 0, duplicate: 0, delayMs: 2, methodMs: 5 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  return { w, central, ship };
}

/** Central's processes of this name crash at the points of these numbers, counted from 1. Answers how many were passed. */
function crash(w: SimulatedWorld, name: string, at: readonly number[]): { passed: number } {
  const seen = { passed: 0 };
  w.faultPoint = (node, { process }) => {
    if (node.name !== 'central' || !process.startsWith(name)) return;
    seen.passed += 1;
    if (at.includes(seen.passed)) throw new Error('planned');
  };
  return seen;
}

function submit(w: SimulatedWorld, from: SimulatedNode, drafts: ReturnType<typeof draft>[]): SubmitAnswer[] {
  const answers: SubmitAnswer[] = [];
  const answer = (given: SubmitAnswer): void => {
    answers.push(given);
    if (given.type !== 'accepted') return;
    for (const [index, id] of given.ids.entries()) {
      const of = drafts[index];
      if (of !== undefined) w.accepted.push({ id, from: from.name, draft: of });
    }
  };
  const { flow } = from;
  if (flow === undefined) throw new Error(`${from.name} is down`);
  const messages = drafts.map((one) => flow.newMessage(one));
  w.step(from, { type: 'submit', messages, answer });
  return answers;
}

const drafts = (): ReturnType<typeof draft>[] => [
  draft('ship1', 'cliCommand'),
  draft('ship1', 'cliCommand'),
  draft('ship2', 'ping', { expiresMs: 20_000 }),
];

const reports = (w: SimulatedWorld): string[] => w.warnings.filter((text) => text.includes(' crashed, and '));

describe('submission', { timeout: 60_000 }, () => {
  test('submission - one crash at any point: it is answered once, refused or accepted, and what is accepted goes', () => {
    const outcomes = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { w, central } = scene();
      const seen = crash(w, 'submission', [at]);
      const first = submit(w, central, [draft('ship1', 'cliCommand')]);
      const second = submit(w, central, drafts());
      w.runUntil(w.now + 10);
      const third = submit(w, central, [draft('ship1', 'cliCommand')]);
      w.runUntil(w.now + 60_000);
      const answers = [first, second, third].map(([answer, ...more]) => {
        expect(more).toEqual([]);
        return answer?.type === 'refused' ? answer.code : answer?.type;
      });
      if (seen.passed < at) break;
      outcomes.add(answers.join(' '));
      expect(reports(w), `at ${at}`).toHaveLength(1);
      const states = requests(central).map(({ to, state }) => `${to} ${state}`);
      expect(new Set(states), `at ${at}`).toEqual(
        new Set(second[0]?.type === 'accepted' ? ['ship1 succeeded', 'ship2 expired'] : ['ship1 succeeded']),
      );
      checkHistory(`a crash at point ${at}`, w, {});
    }
    expect(outcomes).toEqual(
      new Set([
        'internal accepted accepted',
        'accepted internal accepted',
        'accepted accepted internal',
        'accepted accepted accepted',
      ]),
    );
  });

  test('submission - what fails again when it is durable ends the node, which has it from the disk then', () => {
    const { w, central } = scene();
    let durable = false;
    w.hear = (_node, notice) => {
      if (notice.type === 'state') durable = true;
    };
    w.faultPoint = (node, { process, point }) => {
      if (node === central && process === 'submission' && point === 'notice') throw new Error('planned');
    };
    const answers = submit(w, central, drafts());
    expect(() => w.runUntil(w.now + 1_000)).toThrow('planned');
    expect({ answers: answers.map(({ type }) => type), durable }).toEqual({ answers: ['accepted'], durable: false });
    w.faultPoint = undefined;
    w.crash(central);
    w.start(central);
    w.runUntil(w.now + 60_000);
    expect(requests(central).map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'expired']);
    checkHistory('after the new start', w, {});
  });
});

test('expiry - one crash at any point keeps no other message from its end, and is made up for', () => {
  let at = 1;
  for (; ; at += 1) {
    const { w, central } = scene();
    const seen = crash(w, 'expiry', [at]);
    submit(
      w,
      central,
      [1, 2, 3].map(() => draft('ship2', 'ping', { expiresMs: 5_000 })),
    );
    w.runUntil(20_000);
    if (seen.passed < at) break;
    const done = requests(central).filter(({ state }) => state === 'expired').length;
    expect(reports(w), `at ${at}`).toHaveLength(1);
    // Where only the word of it was lost, it has ended.
    expect(done, `at ${at}`).toBeGreaterThanOrEqual(2);
    w.runUntil(120_000);
    expect(requests(central).map(({ state }) => state)).toEqual(['expired', 'expired', 'expired']);
    expect(central.flow?.waiting().outbox.total).toEqual({ messages: 0, bytes: 0 });
  }
  expect(at).toBeGreaterThan(10);
});

test('release - one crash at any point, also behind its commit: what waited for another goes, once', () => {
  let at = 1;
  for (; ; at += 1) {
    const { w, central } = scene();
    const seen = crash(w, 'release', [at]);
    const { flow } = central;
    if (flow === undefined) throw new Error('central is down');
    const [first, second] = [flow.newMessage(draft('ship1', 'cliCommand')), flow.newMessage(draft('ship1', 'ping'))];
    const messages = [first, { ...second, after: [first.message.id] }];
    w.step(central, { type: 'submit', messages, answer: () => undefined });
    w.runUntil(w.now + 120_000);
    if (seen.passed < at) break;
    expect(reports(w), `at ${at}`).toHaveLength(1);
    expect(
      requests(central).map(({ state }) => state),
      `at ${at}`,
    ).toEqual(['succeeded', 'succeeded']);
  }
  expect(at).toBeGreaterThan(4);
});

test('errors of central - one crash at any point: they are refused, or kept once', () => {
  const error = {
    kind: 'a',
    code: 'link-down',
    lane: null,
    id: null,
    text: 'it is a',
    hint: null,
    count: 1,
    firstAt: 5,
    lastAt: 9,
  } as const;
  const ops: StoreOp[] = [{ op: 'error-add', record: { ...error, node: 'central', untold: 0 } }];
  const outcomes = new Set<string>();
  for (let at = 1; ; at += 1) {
    const { w, central } = scene();
    const seen = crash(w, 'subscriber central errorLog', [at]);
    const answers: unknown[] = [];
    w.step(central, { type: 'errors', body: packErrors([error]), ops, answer: (answer) => answers.push(answer) });
    w.runUntil(w.now + 60_000);
    if (seen.passed < at) break;
    const [answer, ...more] = answers;
    expect(more).toEqual([]);
    const kept = answer === 'refused' ? 0 : 1;
    outcomes.add(answer === 'refused' ? 'refused' : 'taken');
    expect(
      central.store.errors().map(({ count }) => count),
      `at ${at}`,
    ).toEqual(kept === 0 ? [] : [1]);
    expect((central.files.get('error.log') ?? '').split('\n').filter((line) => line !== '')).toHaveLength(kept);
  }
  expect(outcomes).toEqual(new Set(['refused', 'taken']));
});
