import { expect, test } from 'vitest';
import { reportKilled } from '../../../src/flow/report-killed.ts';
import type { Outcome } from '../../../src/model/message.ts';
import { draft } from '../../support/simulated-methods.ts';

function reportsOf(outcome: Partial<Outcome>, stopping = false): readonly unknown[] {
  const reports: unknown[] = [];
  const message = { ...draft('ship1', 'cliCommand').message, id: 'ID', from: 'office1' };
  reportKilled(
    { stopping, report: (...report) => void reports.push(report) },
    {
      lane: { name: 'cliCommand' },
      accepted: { message },
      outcome: { state: 'failed', stdoutBytes: 0, stderrBytes: 0, ...outcome },
    },
  );
  return reports;
}

const about = { node: 'office1', lane: 'cliCommand', id: 'ID' };

test('killed commands - one that a signal ended is told with its lane and sender', () => {
  expect(reportsOf({ signal: 'SIGSEGV' })).toEqual([['command-killed', 'a command was ended by SIGSEGV', about]]);
});

test('killed commands - one that its node ended is told with the reason', () => {
  const reason = 'no end within the method timeout of 1000 ms';
  expect(reportsOf({ state: 'timedOut', signal: 'SIGKILL', reason })).toEqual([
    ['command-killed', `a command was ended: ${reason}`, about],
  ]);
});

test('killed commands - an exit code is an answer, and what a stop of the node or a cancel ends is no error', () => {
  expect(reportsOf({ exitCode: 3 })).toEqual([]);
  expect(reportsOf({ signal: 'SIGKILL', reason: 'node stopped' }, true)).toEqual([]);
  expect(reportsOf({ state: 'cancelled', signal: 'SIGTERM', reason: 'cancelled by central' })).toEqual([]);
});
