import { describe, expect, test } from 'vitest';
import { allMethodNames, findMethod, isMethodName, methodEntry, methodNames } from '../../../src/model/method-name.ts';

describe('method names', () => {
  test('method names - every old and new name, in any case, is a method', () => {
    const names = allMethodNames();
    expect(names.length).toBeGreaterThan(methodNames.length);
    for (const name of names) {
      for (const written of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(findMethod(written), `name ${written}`).toBeDefined();
      }
    }
  });

  test('method names - no name stands for two methods', () => {
    for (const name of methodNames) {
      const { aliases, unorderedAliases = [], unordered = false } = methodEntry(name);
      for (const alias of [name, ...aliases]) expect(findMethod(alias)).toEqual({ name, unordered });
      for (const alias of unorderedAliases) expect(findMethod(alias)).toEqual({ name, unordered: true });
    }
  });

  test.each([
    ['REQCliCommand', { name: 'cliCommand', unordered: false }],
    ['REQnCliCommand', { name: 'cliCommand', unordered: true }],
    ['REQToFileAppend', { name: 'fileAppend', unordered: false }],
    ['REQTextToLogFile', { name: 'fileAppend', unordered: false }],
    ['REQToConsole', { name: 'console', unordered: false }],
    ['REQPing', { name: 'ping', unordered: false }],
  ])('method names - the name %s of the original is kept', (written, found) => {
    expect(findMethod(written)).toEqual(found);
  });

  test.each(['', 'constructor', '__proto__', 'toString', 'cliCommand ', 'cli'])('method names - %j is none', (text) => {
    expect(isMethodName(text)).toBe(false);
    expect(findMethod(text)).toBeUndefined();
  });

  test('method names - what runs twice by mistake does harm only where the table says so', () => {
    const never = methodNames.filter((name) => methodEntry(name).rerun === 'never');
    expect(never).toEqual(['cliCommand', 'cliCommandCont', 'own']);
  });
});
