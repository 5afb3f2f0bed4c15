// A browser can be led to send requests to addresses that its user can reach. No page has business with this API.
import { StewardError } from '../model/error.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const ownHosts = /^(localhost|steward)(:\d+)?$/i;

/** Throws `cross-site` for what a browser sends of its own accord on behalf of a page, and for a name that was led here. */
export function refuseCrossSite(headers: Headers): void {
  const site = headers['sec-fetch-site'];
  const asked = headers['origin'] !== undefined || (site !== undefined && site !== 'none');
  if (!asked && ownHosts.test(String(headers['host'] ?? ''))) return;
  throw new StewardError('cross-site', 'requests on behalf of a web page are refused', {
    hint: 'send "Host: localhost" and no "Origin"',
  });
}
