import { describe, expect, test } from 'vitest';
import { followMessages } from '../../../src/api/follow-messages.ts';
import type { StreamEvent } from '../../../src/contract/message-event.ts';
import type { MessageView } from '../../../src/contract/message-view.ts';
import { createFakeService, id, viewOf, type FakeService } from './fake-service.ts';

interface Stream {
  readonly service: FakeService;
  /** What the client has taken so far. */
  readonly taken: string[];
  /** Lets the client take the next text; resolves when it has been offered. */
  take(): Promise<readonly StreamEvent[]>;
  readonly timers: { fire: (() => void) | undefined; active: number };
  readonly stop: () => Promise<void>;
}

/** A stream to a client that takes one text at a time, when the test says so. */
function start(service: FakeService, ids: readonly string[]): Stream {
  const offered: { text: string; taken: () => void }[] = [];
  let waiting: (() => void) | undefined;
  const ending = new AbortController();
  const timers = { fire: undefined as (() => void) | undefined, active: 0 };
  const taken: string[] = [];
  const done = followMessages({
    ids,
    service,
    signal: ending.signal,
    timers: {
      after(_delayMs, callback) {
        timers.active += 1;
        timers.fire = callback;
        return () => void (timers.active -= 1);
      },
    },
    write: (text) =>
      new Promise((resolve) => {
        offered.push({ text, taken: resolve });
        waiting?.();
      }),
  });
  return {
    service,
    taken,
    timers,
    async take() {
      if (offered.length === 0) await new Promise<void>((resolve) => (waiting = resolve));
      const next = offered.shift();
      if (next === undefined) throw new Error('nothing was offered');
      taken.push(next.text);
      next.taken();
      return [...next.text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? '') as StreamEvent);
    },
    async stop() {
      ending.abort();
      for (const { taken: resolve } of offered) resolve();
      await done;
    },
  };
}

const statesOf = (events: readonly StreamEvent[]): readonly string[] =>
  events.map((event) => (event.type === 'message' ? event.message.state : event.type));

describe('follow', () => {
  test('follow - begins with every message as it is, and names those that are not there', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1), state: 'running' }));
    const stream = start(service, [id(1), id(2)]);
    expect(statesOf(await stream.take())).toEqual(['running', 'missing']);
    await stream.stop();
  });

  test('follow - tells changes of followed messages only', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const stream = start(service, [id(1)]);
    await stream.take();
    service.change(viewOf({ id: id(9), state: 'running' }));
    service.change(viewOf({ id: id(1), state: 'delivered' }));
    const [event] = await stream.take();
    expect(event).toMatchObject({ type: 'message', message: { id: id(1), state: 'delivered' } });
    await stream.stop();
  });

  test('follow - 2. a slow client is offered one message for a thousand changes, and it is the newest', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const stream = start(service, [id(1)]);
    for (let step = 0; step < 1000; step += 1) service.change(viewOf({ id: id(1), waiting: `step ${step}` }));
    await stream.take();
    const events = await stream.take();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ message: { waiting: 'step 999' } });
    await stream.stop();
  });

  test('follow - 1. a change while its message is being read is told as well', async () => {
    const service = createFakeService();
    const old = viewOf({ id: id(1) });
    let read: (views: readonly MessageView[]) => void = () => {};
    let readStarted: () => void = () => {};
    const started = new Promise<void>((resolve) => (readStarted = resolve));
    const messages = service.messages.bind(service);
    service.messages = () => {
      service.messages = messages;
      readStarted();
      return new Promise((resolve) => (read = resolve));
    };
    const stream = start(service, [id(1)]);
    await started;
    service.change(viewOf({ id: id(1), state: 'succeeded' }));
    read([old]);
    expect(statesOf(await stream.take())).toEqual(['queued']);
    expect(statesOf(await stream.take())).toEqual(['succeeded']);
    await stream.stop();
  });

  test('follow - reads again what goes to a node whose lanes were lost', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1), to: 'ship1', state: 'delivered' }));
    service.views.set(id(2), viewOf({ id: id(2), to: 'ship2', state: 'delivered' }));
    const stream = start(service, [id(1), id(2)]);
    await stream.take();
    for (const view of service.views.values()) service.views.set(view.id, { ...view, state: 'unknown' });
    for (const listener of service.listeners) listener({ type: 'lost', to: 'ship1' });
    const events = await stream.take();
    expect(events).toMatchObject([{ type: 'message', message: { id: id(1), state: 'unknown' } }]);
    await stream.stop();
  });

  test('follow - a silent stream carries a comment', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const stream = start(service, [id(1)]);
    await stream.take();
    while (stream.timers.fire === undefined) await new Promise((resolve) => setImmediate(resolve));
    stream.timers.fire();
    await stream.take();
    expect(stream.taken.at(-1)).toBe(':\n\n');
    await stream.stop();
  });

  test('follow - 4. leaves no watch and no timer behind', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const stream = start(service, [id(1)]);
    await stream.take();
    expect(service.listeners.size).toBe(1);
    await stream.stop();
    expect(service.listeners.size).toBe(0);
    expect(stream.timers.active).toBe(0);
  });
});
