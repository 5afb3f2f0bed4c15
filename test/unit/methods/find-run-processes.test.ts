import { expect, test } from 'vitest';
import { findRunProcesses } from '../../../src/methods/orphans/find-run-processes.ts';
import type { ProcessRow } from '../../../src/methods/orphans/process-table.ts';

const self = 10;
const row = (pid: number, more: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  startTime: `${pid}00@boot`,
  groupId: pid,
  sessionId: pid,
  ended: false,
  run: undefined,
  ...more,
});
const node = row(self, { sessionId: 5, groupId: 5 });
const pids = (rows: readonly ProcessRow[], runs: Parameters<typeof findRunProcesses>[1]['runs']): readonly number[] =>
  findRunProcesses(rows, { runs, self }).map(({ pid }) => pid);

test('run processes - the mark, and the whole session of a marked process, belong to the run', () => {
  const rows = [node, row(20, { run: 'a/1' }), row(21, { sessionId: 20, groupId: 21 }), row(30)];
  expect(pids(rows, [{ key: 'a/1' }])).toEqual([20, 21]);
});

test('run processes - a recorded pid counts only with its start', () => {
  const rows = [node, row(20), row(21, { sessionId: 20 })];
  expect(pids(rows, [{ key: 'a/1', process: { pid: 20, startTime: '2000@boot' } }])).toEqual([20, 21]);
  expect(pids(rows, [{ key: 'a/1', process: { pid: 20, startTime: '2001@boot' } }])).toEqual([]);
  expect(pids(rows, [{ key: 'a/1', process: { pid: 20, startTime: '' } }])).toEqual([]);
});

test('run processes - a leader that has ended vouches for its session, and is not to be ended itself', () => {
  const rows = [node, row(20, { ended: true }), row(21, { sessionId: 20 })];
  expect(pids(rows, [{ key: 'a/1', process: { pid: 20, startTime: '2000@boot' } }])).toEqual([21]);
});

test('run processes - a node that a run started ends neither itself nor what only shares its session', () => {
  const marked = { run: 'a/1', sessionId: 5, groupId: 5 };
  const rows = [row(self, marked), row(5, marked), row(6, { sessionId: 5, groupId: 5 })];
  const found = findRunProcesses(rows, { runs: [{ key: 'a/1' }], self });
  expect(found).toEqual([{ key: 'a/1', pid: 5, groupId: 0 }]);
});

test('run processes - nothing is found for runs that have none', () => {
  expect(pids([node, row(20, { run: 'a/2' })], [{ key: 'a/1' }])).toEqual([]);
  expect(pids([], [{ key: 'a/1' }])).toEqual([]);
});
