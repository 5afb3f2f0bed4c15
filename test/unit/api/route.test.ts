import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/api/answer.ts';
import { route } from '../../../src/api/route.ts';
import { StewardError } from '../../../src/model/error.ts';
import { createFakeService, id, succeeded, viewOf, type FakeService } from './fake-service.ts';

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const byte of Buffer.from(text)) yield Uint8Array.of(byte);
}

function ask(service: FakeService, line: string, body = ''): Promise<Answer> {
  const [method = '', url = ''] = line.split(' ');
  return route(service, { method, url, body: bodyOf(body) });
}

async function codeOf(answer: Promise<Answer>): Promise<string> {
  try {
    return (await answer).type;
  } catch (error) {
    return error instanceof StewardError ? error.code : String(error);
  }
}

describe('routes', () => {
  test('routes - a submission reaches the service byte for byte and is answered with 201', async () => {
    const service = createFakeService();
    const answer = await ask(service, 'POST /v1/messages', '[{"ü": 1}]');
    expect(answer).toEqual({ type: 'json', status: 201, value: { ids: [id(1)], submission: id(1) } });
    expect(Buffer.from(service.submissions[0]?.bytes ?? []).toString()).toBe('[{"ü": 1}]');
  });

  test('routes - a message is shown, and one that this node did not send is not found', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1) }));
    expect(await ask(service, `GET /v1/messages/${id(1)}`)).toMatchObject({ status: 200, value: { id: id(1) } });
    expect(await codeOf(ask(service, `GET /v1/messages/${id(2)}`))).toBe('not-found');
  });

  test.each(['GET /v1/messages/..%2f', 'GET /v1/messages/short', 'GET /', 'DELETE /v1/info', 'GET /v1/constructor'])(
    'routes - %s is not found',
    async (line) => {
      expect(await codeOf(ask(createFakeService(), line))).toBe('not-found');
    },
  );

  test('routes - the messages in a state are listed, and the state has to be one', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1), state: 'unknown' }));
    service.views.set(id(2), viewOf({ id: id(2) }));
    const answer = await ask(service, 'GET /v1/messages?state=unknown');
    expect(answer).toMatchObject({ status: 200, value: { messages: [{ id: id(1) }], more: false } });
    expect(await codeOf(ask(service, 'GET /v1/messages?state=lost'))).toBe('invalid-usage');
    expect(await codeOf(ask(service, 'GET /v1/messages'))).toBe('invalid-usage');
  });

  test('routes - each stream of an output is its own bytes', async () => {
    const service = createFakeService();
    const { outcome } = succeeded({ id: id(1) });
    if (outcome === undefined) throw new Error('a message that succeeded has an outcome');
    service.outputs.set(id(1), { stdout: Uint8Array.of(0, 255), stderr: Uint8Array.of(7), outcome });
    const url = `GET /v1/messages/${id(1)}/output`;
    expect(await ask(service, url)).toEqual({ type: 'bytes', bytes: Uint8Array.of(0, 255) });
    expect(await ask(service, `${url}?stream=stderr`)).toEqual({ type: 'bytes', bytes: Uint8Array.of(7) });
    expect(await codeOf(ask(service, `${url}?stream=both`))).toBe('invalid-usage');
  });

  test('routes - an output is not finished before its message has ended, and not found without a message', async () => {
    const service = createFakeService();
    service.views.set(id(1), viewOf({ id: id(1), state: 'running' }));
    expect(await codeOf(ask(service, `GET /v1/messages/${id(1)}/output`))).toBe('not-finished');
    expect(await codeOf(ask(service, `GET /v1/messages/${id(2)}/output`))).toBe('not-found');
  });

  test('routes - ids to follow come in the URL or in the body', async () => {
    const service = createFakeService();
    const events = { type: 'events', ids: [id(1), id(2)] };
    expect(await ask(service, `GET /v1/events?ids=${id(1)},${id(2)}`)).toEqual(events);
    expect(await ask(service, 'POST /v1/follow', JSON.stringify({ ids: [id(1), id(2)] }))).toEqual(events);
  });

  test.each(['', 'rubbish', '[]', '{}', '{"ids": "x"}', '{"ids": [1]}', '{"ids": []}'])(
    'routes - a body %s names nothing to follow',
    async (body) => {
      expect(await codeOf(ask(createFakeService(), 'POST /v1/follow', body))).toBe('invalid-usage');
    },
  );

  test('routes - more ids than the bound are refused', async () => {
    const ids = Array.from({ length: 100_001 }, (_, index) => id(index));
    expect(await codeOf(ask(createFakeService(), `GET /v1/events?ids=${ids.join(',')}`))).toBe('invalid-usage');
  });
});
