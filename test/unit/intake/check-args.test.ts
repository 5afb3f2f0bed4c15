import { describe, expect, test } from 'vitest';
import { parseOne, ping, refused, reply } from './parse.ts';

const url = 'http://127.0.0.1:9000/';

describe('httpGet at intake', () => {
  test.for(['REQHttpGet', 'HttpGet', 'httpget'])('is taken as %s, as the original wrote it', (method) => {
    const fields = {
      toNodes: ['ship1'],
      method,
      methodArgs: [url],
      directory: 'web',
      fileName: 'page',
      replyMethod: 'REQToFile',
    };
    expect(parseOne(fields)).toMatchObject({ to: 'ship1', method: 'httpGet', args: [url], rerun: 'always' });
    expect(reply(fields).method).toBe('file');
  });

  test('takes its arguments in data, too, as before there was methodArgs', () => {
    expect(parseOne(ping({ method: 'httpGet', data: [url, 'include'] }))).toMatchObject({
      args: [url, 'include'],
      bodySize: 0,
    });
  });

  test.for([
    [{ methodArgs: [url, 'fail=no'] }, /no option "fail"/, 'methodArgs[1]', /redirects=N/],
    [{ methodArgs: ['gopher://x/'] }, /http or https/, 'methodArgs[0]', /begins with/],
    [{ methodArgs: [url, 'limit=many'] }, /limit cannot be/, 'methodArgs[1]', /whole number/],
    [{ data: ['x'] }, /"x" is no address/, 'data[0]', /such as/],
    [{ methodArgs: [] }, /needs an address/, 'methodArgs', /such as/],
    [{}, /needs an address/, 'methodArgs', /such as/],
  ] as const)('refuses %j', ([fields, message, field, hint]) => {
    const error = refused(ping({ method: 'httpGet', ...fields }));
    expect(error).toMatchObject({ code: 'invalid-message', place: { line: 1, field } });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('names what the scheduled one needs', () => {
    expect(refused(ping({ method: 'REQHttpGetScheduled' })).message).toContain('three arguments');
  });
});
