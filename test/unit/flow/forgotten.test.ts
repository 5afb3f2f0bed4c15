// A sender that was put back to an older store, and a receiver that does not know any more what it accepted (custody rule 4).
import { expect, test } from 'vitest';
import { parseSubject } from '../../../src/model/subject.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { ackFrame, readAck } from '../../../src/wire/ack.ts';
import { decodeFrame, encodeFrame } from '../../../src/wire/frame.ts';
import { draft, SimulatedWorld } from '../../support/simulated-world.ts';

test('forgotten - of a reply whose end nobody knows any more, the outcome is told again, and its output is written once', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  let forgotten = 0;
  const lanes = new Set<string>();
  w.tap = (subject, bytes) => {
    lanes.add(parseSubject(subject)?.type === 'message' ? (subject.split('.')[2] ?? '') : '');
    const frame = decodeFrame(bytes, digestSeals);
    const ack = frame.type === 'ack' ? readAck(frame.head) : undefined;
    const standing = ack?.lanes.find(({ lane, last }) => lane === 'fileAppend<cliCommand' && last === 1);
    if (ack === undefined || standing === undefined || forgotten > 0) return;
    forgotten += 1;
    // What central would say to a sender that had been put back to before it heard how the reply ended.
    const exceptions = [{ position: 1, kind: 'forgotten', reason: '' }] as const;
    const told = encodeFrame(ackFrame({ ...ack, lanes: [{ ...standing, exceptions }] }), digestSeals);
    w.at(0, () => w.step(ship, { type: 'frame', subject, bytes: told }));
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 60_000);
  expect(forgotten).toBe(1);
  expect([...lanes]).toContain('none');
  const [request] = central.store.contents().outbox;
  expect(request?.state).toBe('succeeded');
  expect([...central.files.values()].map((text) => text.trim().split('\n').length)).toEqual([1]);
});
