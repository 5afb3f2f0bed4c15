// A step that fails inside another one: what is taken back of it, and what of that with the step around it.
import { expect, test } from 'vitest';
import type { Context } from '../../../src/flow/context.ts';
import type { Process } from '../../../src/flow/process.ts';
import { Scopes } from '../../../src/flow/scopes.ts';
import { Slots } from '../../../src/flow/slots.ts';

function process(id: string): Process {
  const child = { spec: { id, restart: 'transient', intensity: { restarts: 5, periodMs: 60_000 } } };
  const nothing = (): void => undefined;
  return { child, forget: nothing, restart: nothing, crashed: nothing } as unknown as Process;
}

const scopesOf = (): Scopes => new Scopes({ faultPoint: undefined, effects: () => 0, dropEffects: () => undefined });

const fail = (): never => {
  throw new Error('planned');
};

test('scopes - what was undone with an inner step is not done again with the outer one', () => {
  const scopes = scopesOf();
  const slots = new Slots({
    undo: (act: () => void) => scopes.undo(act),
    options: { limits: { runningPerSender: 1, runningTotal: 1 }, methods: { kindOf: () => 'process' } },
  } as unknown as Context);
  const inner = (): void => {
    slots.hold('second/1', 'second');
    fail();
  };
  const outer = (): void => {
    scopes.within(process('inner'), inner, undefined);
    fail();
  };
  scopes.within(process('outer'), outer, undefined);
  const lane = {
    from: 'third',
    name: 'cliCommand',
    queue: [{ message: { id: '2', from: 'third', method: 'cliCommand' } }],
  };
  expect(slots.take(lane as unknown as Parameters<Slots['take']>[0])).toBe(true);
});

test('scopes - an inner step that went well is undone with the outer one, newest first', () => {
  const scopes = scopesOf();
  const undone: string[] = [];
  const inner = (): void => scopes.undo(() => undone.push('inner'));
  const outer = (): void => {
    scopes.undo(() => undone.push('outer'));
    scopes.within(process('inner'), inner, undefined);
    fail();
  };
  scopes.within(process('outer'), outer, undefined);
  expect(undone).toEqual(['inner', 'outer']);
});

test('scopes - what cannot be taken back is not hidden by the step around it', () => {
  const scopes = scopesOf();
  const inner = (): void => {
    scopes.undo(() => {
      throw new Error('not undone');
    });
    fail();
  };
  const outer = (): void => {
    scopes.within(process('inner'), inner, undefined);
    fail();
  };
  scopes.within(process('outer'), outer, undefined);
  expect(() => scopes.settle()).toThrow('not undone');
});
