import { expect, test } from 'vitest';
import { refuseCrossSite } from '../../../src/api/refuse-cross-site.ts';

test.each([
  { host: 'localhost' },
  { host: 'localhost:80' },
  { host: 'steward' },
  { host: 'localhost', 'sec-fetch-site': 'none' },
])('cross-site - %j is served', (headers) => {
  expect(() => refuseCrossSite(headers)).not.toThrow();
});

test.each([
  {},
  { host: 'evil.example' },
  { host: 'localhost.evil.example' },
  { host: 'localhost', origin: 'http://localhost' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  { host: 'localhost', 'sec-fetch-site': 'same-origin' },
])('cross-site - %j is refused', (headers) => {
  expect(() => refuseCrossSite(headers)).toThrow(expect.objectContaining({ code: 'cross-site' }));
});
