import { expect, test } from 'vitest';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { defaults } from './parse.ts';

test('groups - each node gets one message, however often and by whatever group it is named', () => {
  const asked: string[] = [];
  const membersOf = (group: string): readonly string[] => {
    asked.push(group);
    return group === 'north' ? ['ship1', 'ship2'] : ['ship2', 'ship3'];
  };
  const toNodes = ['@north', 'ship9', ...Array.from({ length: 5_000 }, () => '@all, @north')];
  const file = JSON.stringify([{ toNode: 'ship2', toNodes, method: 'ping' }]);
  const drafts = parseMessageFile(file, { defaults: { ...defaults, membersOf } });
  expect(drafts.map(({ message }) => message.to)).toEqual(['ship2', 'ship1', 'ship9', 'ship3']);
  // Looking for its nodes may take long.
  expect(asked).toEqual(['north', 'all']);
});
