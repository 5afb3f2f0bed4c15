// When a message runs again, as intake reads it.
import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/model/message.ts';
import { parseOne, refused } from './parse.ts';

type Fields = Readonly<Record<string, unknown>>;

const command = { toNode: 'ship1', method: 'cliCommand', methodArgs: ['uptime'] };

function messageOf(fields: Fields): Omit<Message, 'id' | 'from'> {
  return parseOne(fields);
}

describe('schedules at intake', () => {
  test('schedule - an interval and a total, in seconds or as text', () => {
    const rest = { catchUp: 'once', overlap: false, jitterMs: 0 };
    expect(messageOf({ ...command, schedule: [60, 3600] }).schedule).toEqual({
      when: { type: 'every', intervalMs: 60_000, totalMs: 3_600_000 },
      ...rest,
    });
    expect(messageOf({ ...command, schedule: ['10m', '2h'] }).schedule?.when).toMatchObject({ intervalMs: 600_000 });
    for (const nothing of [undefined, null, []])
      expect(messageOf({ ...command, schedule: nothing })).not.toHaveProperty('schedule');
  });

  test('schedule - a line of cron with what belongs to it', () => {
    const fields = {
      cron: ' 0  3 * * MON-FRI ',
      timezone: 'Europe/Oslo',
      catchUp: 'ALL',
      overlap: true,
      jitter: '10m',
    };
    expect(messageOf({ ...command, ...fields }).schedule).toEqual({
      when: { type: 'cron', pattern: '0 3 * * MON-FRI', timezone: 'Europe/Oslo' },
      catchUp: 'all',
      overlap: true,
      jitterMs: 600_000,
    });
    expect(messageOf({ ...command, cron: '*/5 * * * * *' }).schedule?.when).toEqual({
      type: 'cron',
      pattern: '*/5 * * * * *',
    });
  });

  test("schedule - the original's httpGetScheduled is httpGet, in seconds and minutes", () => {
    for (const method of ['REQHttpGetScheduled', 'httpGetScheduled', 'reqhttpgetscheduled'])
      expect(messageOf({ toNode: 'a', method, methodArgs: ['http://127.0.0.1/x', '5', 10] })).toMatchObject({
        method: 'httpGet',
        args: ['http://127.0.0.1/x'],
        schedule: { when: { type: 'every', intervalMs: 5_000, totalMs: 600_000 } },
      });
  });

  test.each<[Fields, RegExp, string | undefined]>([
    [{ schedule: [0, 5] }, /interval of a schedule is at least a second/, 'schedule[0]'],
    [{ schedule: [5, 0] }, /total of a schedule is at least a second/, 'schedule[1]'],
    [{ schedule: [-1, 5] }, /at least a second|cannot be/, 'schedule[0]'],
    [{ schedule: ['500ms', 5] }, /at least a second/, 'schedule[0]'],
    [{ schedule: [5, 'soon'] }, /cannot be "soon"/, 'schedule[1]'],
    [{ schedule: 5 }, /is \[interval, total\], not 5/, 'schedule'],
    [{ schedule: 0 }, /is \[interval, total\], not 0/, 'schedule'],
    [{ schedule: [5, 10], cron: '* * * * *' }, /exclude each other/, 'cron'],
    [{ cron: '61 * * * *' }, /cannot be "61 \* \* \* \*": .*minute/, 'cron'],
    [{ cron: '0 3 * *' }, /five fields, or six/, 'cron'],
    [{ cron: '@daily' }, /five fields, or six/, 'cron'],
    [{ cron: '0 0 31 2 *' }, /never due/, 'cron'],
    [{ cron: '0 3 * * *', timezone: 'Mars/Base' }, /no time zone "Mars\/Base"/, 'timezone'],
    [{ cron: '0 3 * * *', timezone: '' }, /timezone is empty/, 'timezone'],
    [{ schedule: [5] }, /has two spans, \[interval, total\], not one$/, 'schedule'],
    [{ timezone: 'UTC' }, /belongs to schedule or cron/, 'timezone'],
    [{ catchUp: 'all' }, /belongs to schedule or cron/, 'catchUp'],
    [{ overlap: true }, /belongs to schedule or cron/, 'overlap'],
    [{ schedule: [5, 10], timezone: 'UTC' }, /belongs to cron/, 'timezone'],
    [{ schedule: [5, 10], ACKTimeout: 0 }, /wants an ACK/, 'ACKTimeout'],
    [{ schedule: [5, 10], data: 'x'.repeat(40_000) }, /at most 32768 bytes/, 'data'],
    [{ schedule: [5, 10], replyTo: 'ship2' }, /come back to the node that sends it/, 'replyTo'],
    [{ schedule: [5, 10], method: 'cliCommandCont' }, /cannot be run on a schedule/, 'schedule'],
    [{ cron: '* * * * *', method: 'opProcessList', methodArgs: [] }, /cannot be run on a schedule/, 'cron'],
    [{ method: 'REQHttpGetScheduled', methodArgs: ['http://a/', '5'] }, /three arguments/, 'methodArgs'],
    [
      { method: 'REQHttpGetScheduled', methodArgs: ['http://a/', '0', '5'] },
      /"0" is not an interval in seconds/,
      'methodArgs[1]',
    ],
    [
      { method: 'REQHttpGetScheduled', methodArgs: ['http://a/', '5', 'x'] },
      /"x" is not a total in minutes/,
      'methodArgs[2]',
    ],
    [{ method: 'REQHttpGetScheduled', methodArgs: ['ftp://a/', '5', '5'] }, /no address of http/, 'methodArgs[0]'],
    [
      { method: 'REQHttpGetScheduled', methodArgs: ['http://a/', '5', '5'], cron: '* * * * *' },
      /in its arguments/,
      'cron',
    ],
  ])('schedule - %j is refused, with its place and a remedy', (fields, message, field) => {
    const error = refused({ ...command, ...fields });
    expect(error.code).toBe('invalid-message');
    expect(error.message).toMatch(message);
    expect(error.place?.field).toBe(field);
    expect(error.hint).not.toBe('');
  });
});
