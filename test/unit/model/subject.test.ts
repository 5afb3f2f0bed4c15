import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ackSubject,
  acksFor,
  allHellos,
  helloSubject,
  kinds,
  messagesFor,
  messageSubject,
  parseSubject,
} from '../../../src/model/subject.ts';

const name = fc.constantFrom('central', 'ship1', 'ship-2.example.org', '_');

/** Whether a broker hands a subject to one who subscribed to the pattern: each token itself, or `*`. */
function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const given = subject.split('.');
  return wanted.length === given.length && wanted.every((token, index) => token === '*' || token === given[index]);
}

describe('subject', () => {
  test('subject - the sender stands last, and dots of names are encoded', () => {
    expect(messageSubject({ to: 'ship1.a', method: 'ping', kind: 'CommandACK', from: 'central' })).toBe(
      'steward.ship1--a.ping.CommandACK.central',
    );
    expect(ackSubject({ to: 'central', from: 'ship1.a' })).toBe('steward-ack.central.ship1--a');
    expect(helloSubject('ship1.a')).toBe('steward-hello.ship1--a');
  });

  test('subject - says the same after it was written and read', () => {
    fc.assert(
      fc.property(name, name, fc.constantFrom(...kinds), (to, from, kind) => {
        const route = { to, method: 'cliCommand', kind, from };
        expect(parseSubject(messageSubject(route))).toEqual({ type: 'message', ...route });
        expect(parseSubject(ackSubject({ to, from }))).toEqual({ type: 'ack', to, from });
        expect(parseSubject(helloSubject(from))).toEqual({ type: 'hello', from });
      }),
    );
  });

  test('subject - a node hears what is meant for it, and nothing else', () => {
    fc.assert(
      fc.property(name, name, name, (to, from, other) => {
        const message = messageSubject({ to, method: 'ping', kind: 'EventNACK', from });
        expect(matches(messagesFor(other), message)).toBe(other === to);
        expect(matches(acksFor(other), ackSubject({ to, from }))).toBe(other === to);
        expect(matches(allHellos, helloSubject(from))).toBe(true);
        expect(matches(acksFor(to), message) || matches(allHellos, message)).toBe(false);
      }),
    );
  });

  test.each([
    '',
    'steward',
    'steward.ship1',
    'steward.ship1.ping',
    'steward.ship1.ping.CommandACK',
    'steward.ship1.ping.CommandACK.central.more',
    'steward.ship1..CommandACK.central',
    'steward.ship1.ping.commandack.central',
    'steward.ship1.ping.Command.central',
    'steward.ship1.ping.constructor.central',
    'steward.*.ping.CommandACK.central',
    'steward.ship1.ping.CommandACK.>',
    'steward..ping.CommandACK.central',
    'Steward.ship1.ping.CommandACK.central',
    'steward-ack.central',
    'steward-ack.central.ship1.more',
    'steward-ack..ship1',
    'steward-hello',
    'steward-hello.',
    'steward-hello.ship1.more',
    'steward-hello.-ship1',
    '_INBOX.abc',
    '$SYS.ACCOUNT',
  ])('subject - %j is none of ours', (subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });

  test('subject - no text makes the reader throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseSubject(text)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
