import { describe, expect, test } from 'vitest';
import { controlLane, isLaneName, isUnordered, laneMethod, laneOf, priorityOf } from '../../../src/model/lane.ts';
import { isOperation, methodNames } from '../../../src/model/method-name.ts';

const outcome = { state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 } as const;

describe('lane', () => {
  test('lane - is the method, for a reply also the request, and its order', () => {
    expect(laneOf({ method: 'ping', unordered: false })).toBe('ping');
    expect(laneOf({ method: 'cliCommand', unordered: true })).toBe('cliCommand*');
    const replyTo = { id: '', method: 'ping', outcome } as const;
    expect(laneOf({ method: 'fileAppend', unordered: false, replyTo })).toBe('fileAppend<ping');
    expect(laneOf({ method: 'none', unordered: true, replyTo })).toBe('none<ping*');
  });

  test('lane - every lane of every method is a lane name, and says its method and order', () => {
    const lanes = methodNames.flatMap((method) =>
      [false, true].flatMap((unordered) => [
        ...(isOperation(method) ? [] : [laneOf({ method, unordered })]),
        ...methodNames.map((request) => laneOf({ method, unordered, replyTo: { id: '', method: request, outcome } })),
      ]),
    );
    expect(new Set(lanes).size).toBe(lanes.length);
    for (const lane of lanes) {
      expect(isLaneName(lane), `lane ${lane}`).toBe(true);
      expect(methodNames).toContain(laneMethod(lane));
      expect(isUnordered(lane)).toBe(lane.endsWith('*'));
    }
  });

  test('lane - has the priority of its messages, unless that is the usual one', () => {
    const ranked = (priority: number, more = {}): string =>
      laneOf({ method: 'cliCommand', unordered: false, priority, ...more });
    expect([ranked(9), ranked(0, { unordered: true })]).toEqual(['cliCommand:9', 'cliCommand:0*']);
    const replyTo = { id: '', method: 'cliCommand', outcome } as const;
    const far = laneOf({ method: 'none', unordered: true, priority: 7, replyTo, from: 'a.b', to: 'c', via: ['d'] });
    expect(far).toBe('none<cliCommand:7*@a.b/c');
    expect([ranked(9), far, 'ping', 'ping*@a/b'].map(priorityOf)).toEqual([9, 7, 4, 4]);
    expect([ranked(9), far].every(isLaneName)).toBe(true);
    expect([laneMethod(far), isUnordered(far)]).toEqual(['none', true]);
    const order = laneOf({ method: 'opCancel', unordered: false });
    expect([priorityOf(order), priorityOf(`${order}@a/b`)]).toEqual([10, 10]);
  });

  test('lane - the operator has one for all orders', () => {
    const orders = methodNames.filter(isOperation).map((method) => laneOf({ method, unordered: false }));
    expect([...new Set(orders)]).toEqual([controlLane]);
    expect([isLaneName(controlLane), isUnordered(controlLane)]).toEqual([true, false]);
  });

  test.each([
    '',
    '*',
    '<',
    'ping<',
    '<ping',
    'ping <ping',
    'ping**',
    '*ping',
    '-ping',
    'ping:',
    'ping:4',
    'ping:10',
    'ping*:9',
    'ping/x',
    'ping\n',
    'p'.repeat(41),
  ])('lane - %j is none', (text) => {
    expect(isLaneName(text)).toBe(false);
  });

  test('lane - a name that is none has no method', () => {
    expect(laneMethod('')).toBe('');
    expect(laneMethod('*')).toBe('');
  });
});
