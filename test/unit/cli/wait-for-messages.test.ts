// Waiting for messages at the command line, with an end.
import { expect, test } from 'vitest';
import type { Client } from '../../../src/client/client.ts';
import { waitForMessages } from '../../../src/cli/actions/wait-for-messages.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { createFakeTerminal } from './fake-terminal.ts';

/** A node that never has an end to tell. */
const silent = {
  follow: (_ids: readonly string[], { signal }: { readonly signal: AbortSignal }) => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ done: true, value: undefined }))),
    }),
  }),
} as unknown as Client;

test('wait - a message whose end nobody knows is waited for so long, and no longer', async () => {
  const time = new ManualTime();
  const waiting = waitForMessages({
    client: silent,
    ids: ['a'],
    terminal: createFakeTerminal(),
    onSettled: () => Promise.resolve(),
    within: { ms: 70_000, timers: time },
  });
  let end: string | undefined;
  void waiting.then((reached) => (end = reached));
  time.advance(69_999);
  await new Promise(setImmediate);
  expect(end).toBeUndefined();
  time.advance(1);
  expect(await waiting).toBe('late');
});

test('wait - Ctrl-C detaches', async () => {
  const terminal = createFakeTerminal();
  const waiting = waitForMessages({ client: silent, ids: ['a'], terminal, onSettled: () => Promise.resolve() });
  expect(terminal.interrupt()).toBe(true);
  expect(await waiting).toBe('detached');
});
