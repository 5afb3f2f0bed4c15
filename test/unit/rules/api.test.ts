// docs/api.md against the routes and the schemas of the contract.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { route } from '../../../src/api/route.ts';
import type { NodeService } from '../../../src/api/service.ts';
import { apiErrorSchema } from '../../../src/contract/api-error.ts';
import { errorListSchema } from '../../../src/contract/error-view.ts';
import { streamEventSchema } from '../../../src/contract/message-event.ts';
import { messagesInStateSchema, messageViewSchema } from '../../../src/contract/message-view.ts';
import { countsSchema, infoSchema, nodeViewsSchema } from '../../../src/contract/node-views.ts';
import { logLineSchema } from '../../../src/contract/log-line.ts';
import { retriedSchema } from '../../../src/contract/send-again.ts';
import { submittedSchema } from '../../../src/contract/submission.ts';
import { describeError } from '../../../src/model/error.ts';
import { codeSpans, fencesIn, tableUnder } from './markdown.ts';
import { readText } from './tree.ts';

const page = readText('docs/api.md');

const schemas: Readonly<Record<string, v.GenericSchema>> = {
  error: apiErrorSchema,
  event: streamEventSchema,
  'POST /v1/messages': submittedSchema,
  'GET /v1/messages': messagesInStateSchema,
  'GET /v1/messages/:id': messageViewSchema,
  'POST /v1/messages/:id/resend': submittedSchema,
  'POST /v1/messages/:id/retry': retriedSchema,
  'GET /v1/log': logLineSchema,
  'GET /v1/counts': countsSchema,
  'GET /v1/nodes': nodeViewsSchema,
  'GET /v1/errors': errorListSchema,
  'GET /v1/info': infoSchema,
};

test('api - the routes are those that the node has', async () => {
  async function* nothing(): AsyncGenerator<Uint8Array> {}
  const request = { method: 'GET', url: '/v1/no-such-route', body: nothing() };
  const said = await route({} as NodeService, request).then(() => '', describeError);
  const [, list = ''] = /there are: (.*)\)$/.exec(said) ?? [];
  const told = tableUnder(page, 'The API of a node').rows.map(([name = '']) => codeSpans(name)[0]);
  expect(told).toEqual(list.split(', '));
});

test('api - every example is what the contract says, with nothing beside it', () => {
  const examples = fencesIn(page).filter(({ info }) => info.startsWith('json '));
  expect(new Set(examples.map(({ info }) => info.slice('json '.length)))).toEqual(new Set(Object.keys(schemas)));
  for (const { info, text } of examples) {
    const schema = schemas[info.slice('json '.length)];
    const value: unknown = JSON.parse(text);
    // Parsing leaves out what the schema does not know.
    expect({ info, value: schema === undefined ? undefined : v.parse(schema, value) }).toEqual({ info, value });
  }
});
