// The routes of the log, and of messages that are sent again.
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/api/answer.ts';
import { route } from '../../../src/api/route.ts';
import { createFakeService, id } from './fake-service.ts';

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield await Promise.resolve(Buffer.from(text));
}

function ask(line: string, body = ''): Promise<Answer> {
  const [method = '', url = ''] = line.split(' ');
  return route(createFakeService(), { method, url, body: bodyOf(body) });
}

describe('send again', () => {
  test('send again - a message is resent as it was, or to another node', async () => {
    const path = `POST /v1/messages/${id(1)}/resend`;
    expect(await ask(path)).toMatchObject({ status: 201, value: { ids: [id(2)], submission: 'as it was' } });
    expect(await ask(path, '{"to": "ship2"}')).toMatchObject({ status: 201, value: { submission: 'ship2' } });
  });

  test('send again - a retry answers 201 where it has sent something, and 200 where it has not', async () => {
    const path = `POST /v1/messages/${id(1)}/retry`;
    expect(await ask(path)).toMatchObject({ status: 201, value: { retried: [{ state: 'failed', newId: id(9) }] } });
    const dry = await ask(path, '{"dryRun": true, "unknown": true}');
    expect(dry).toMatchObject({ status: 200, value: { retried: [{ state: 'unknown' }] } });
  });

  test.each(['no json', '[]', '"x"', '{"to": 5}', '{"unknown": "yes"}', '{"dryrun": true}'])(
    'send again - %s is no wish',
    async (body) => {
      const route = body.includes('to') ? 'resend' : 'retry';
      await expect(ask(`POST /v1/messages/${id(1)}/${route}`, body)).rejects.toMatchObject({ code: 'invalid-usage' });
    },
  );

  test('send again - what is no id is not found', async () => {
    await expect(ask('POST /v1/messages/short/retry')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('log', () => {
  async function questionOf(query: string): Promise<unknown> {
    const answer = await ask(`GET /v1/log${query}`);
    if (answer.type !== 'lines') throw new Error(`answered ${answer.type}`);
    for await (const [, question = ''] of answer.lines(new AbortController().signal))
      return JSON.parse(question) as unknown;
    return undefined;
  }

  test('log - what is asked for reaches the node', async () => {
    expect(await questionOf('')).toEqual({ follow: false });
    expect(await questionOf(`?since=5&node=ship1&id=${id(3)}&follow=1`)).toEqual({
      since: 5,
      node: 'ship1',
      id: id(3),
      follow: true,
    });
  });

  test.each([
    ['?since=yesterday', 'invalid-usage'],
    ['?since=-1', 'invalid-usage'],
    ['?id=short', 'invalid-usage'],
    ['?node=no%20node', 'invalid-node-name'],
  ])('log - %s is refused', async (query, code) => {
    await expect(ask(`GET /v1/log${query}`)).rejects.toMatchObject({ code });
  });
});
