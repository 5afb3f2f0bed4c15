import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyParts } from '../../../src/methods/files/parts.ts';
import { errorFileOf, targetSegments } from '../../../src/methods/files/target-path.ts';
import { newRequest } from './new-request.ts';

const segments = (more: Parameters<typeof newRequest>[0]): readonly string[] =>
  targetSegments(newRequest(more).message);

test('target - is the directory, the node that ran it, and the file name', () => {
  expect(segments({ directory: '/var/cli/command_result/', fileName: 'some-file-name.result' })).toEqual([
    'var',
    'cli',
    'command_result',
    'ship1',
    'some-file-name.result',
  ]);
  expect(segments({ directory: '', fileName: 'x' })).toEqual(['ship1', 'x']);
  expect(segments({ directory: './/a/./b/', fileName: 'c/d' })).toEqual(['a', 'b', 'ship1', 'c', 'd']);
});

test('target - a path through more than a hundred folders is refused', () => {
  expect(segments({ directory: 'a/'.repeat(99), fileName: 'x' })).toHaveLength(101);
  for (const [directory, fileName] of [
    ['a/'.repeat(100), 'x'],
    ['', 'a/'.repeat(101)],
  ] as const)
    expect(() => segments({ directory, fileName })).toThrow('directory and fileName name 101 folders');
});

test('target - without a file name it is called after the method that was asked for', () => {
  expect(segments({ directory: 'd', fileName: '' })).toEqual(['d', 'ship1', 'fileAppend.log']);
  const replyTo = {
    id: 'r',
    method: 'cliCommand',
    outcome: { state: 'failed', stdoutBytes: 0, stderrBytes: 0 },
  } as const;
  expect(segments({ fileName: '', replyTo })).toEqual(['ship1', 'cliCommand.log']);
});

test('target - of a hello is the original one, whatever the message says', () => {
  expect(segments({ method: 'hello', directory: '../x', fileName: 'y' })).toEqual([
    'hello-messages',
    'ship1',
    'hello.log',
  ]);
});

test('target - of the errors is beside the file, with an ending more', () => {
  expect(errorFileOf('some-file-name.result')).toBe('some-file-name.result.error');
});

test('target - never leaves its folder, whatever a message says', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...', ' ', '\0', '~', '..a', '\\..', '%2e%2e', 'ship2');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(path, path, (directory, fileName) => {
      const refused = [directory, fileName].some((text) => text.split('/').includes('..') || text.includes('\0'));
      let found: readonly string[] | undefined;
      try {
        found = segments({ directory, fileName });
      } catch (error) {
        expect(error).toMatchObject({ code: 'path-refused' });
      }
      if (refused) expect(found).toBeUndefined();
      for (const segment of found ?? []) expect(['', '.', '..']).not.toContain(segment);
    }),
  );
});

test('parts - of a request are all standard output, and of a hello nothing', () => {
  const body = Buffer.from('text');
  expect(bodyParts(newRequest({}, body))).toEqual({ stdout: body, stderr: new Uint8Array(0) });
  expect(bodyParts(newRequest({ method: 'hello' }, body)).stdout).toHaveLength(0);
});

test('parts - of a reply are cut where its outcome says, and refused where the counts do not add up', () => {
  const outcome = { state: 'succeeded', stdoutBytes: 3, stderrBytes: 2 } as const;
  const replyTo = { id: 'r', method: 'cliCommand', outcome } as const;
  const { stdout, stderr } = bodyParts(newRequest({ replyTo }, Buffer.from('outer')));
  expect([Buffer.from(stdout).toString(), Buffer.from(stderr).toString()]).toEqual(['out', 'er']);
  for (const wrong of ['oute', 'outers', '']) {
    expect(() => bodyParts(newRequest({ replyTo }, Buffer.from(wrong)))).toThrow('3 and 2 bytes');
  }
  const negative = { ...replyTo, outcome: { ...outcome, stdoutBytes: -1, stderrBytes: 6 } };
  expect(() => bodyParts(newRequest({ replyTo: negative }, Buffer.from('outer')))).toThrow('-1 and 6 bytes');
});
