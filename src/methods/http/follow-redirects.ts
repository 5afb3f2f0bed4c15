// Asks one server after the other, until one answers with something else than another address.
//
// Boundary. From: run-http-get.ts. To: the transport.
// 1. At most one connection is open: that of an answer that is not wanted is closed before the next is asked.
// 2. What the sender gave for its address, credentials and headers, goes to no other origin, not even from there back.
import { isHttp, type HttpGet, type HttpHeader } from '../../model/http-get-args.ts';
import { describeProblem, oneLine } from './network-problem.ts';
import type { Answer, Transport } from './transport.ts';
import { offeredCodings } from './unpack-body.ts';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface Found {
  readonly url: URL;
  readonly answer: Answer;
}

export interface Chase {
  readonly get: HttpGet;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** Of each answer, when it comes. */
  readonly onAnswer: (answer: Answer) => void;
}

/** The answer with its body, or the reason why there is none. Never rejects. */
export async function followRedirects({ get, transport, signal, onAnswer }: Chase): Promise<Found | string> {
  let url = get.url;
  let isOurs = true;
  for (let left = get.redirects; ; left -= 1) {
    let answer: Answer;
    try {
      answer = await transport({ url, headers: headersOf(get, isOurs), signal });
    } catch (error) {
      return describeProblem(error, { url, phase: 'asking' });
    }
    // Whoever reads the body hears of its errors; once nobody does, they are nothing.
    answer.body.on('error', () => undefined);
    if (signal.aborted) answer.body.destroy();
    onAnswer(answer);
    const location = headerOf(answer.headers, 'location');
    if (!redirects.has(answer.status) || location === undefined) return { url, answer };
    answer.body.destroy();
    if (left === 0) return `more than ${get.redirects} redirects`;
    const next = nextOf(location, url);
    if (next === undefined) return `redirect to what is no address of http or https: ${oneLine(location)}`;
    isOurs &&= next.origin === get.url.origin;
    url = next;
  }
}

/** The first of this name. */
export function headerOf(headers: readonly HttpHeader[], name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1];
}

function nextOf(location: string, base: URL): URL | undefined {
  // Its characters are bytes; servers mean them as UTF-8.
  const text = Buffer.from(location, 'latin1').toString();
  const url = URL.canParse(text, base.href) ? new URL(text, base.href) : undefined;
  if (url === undefined || !isHttp(url)) return undefined;
  // A server has none to give.
  url.username = '';
  url.password = '';
  return url;
}

function headersOf(get: HttpGet, isOurs: boolean): readonly HttpHeader[] {
  const given = isOurs ? get.headers : [];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const usual: readonly HttpHeader[] = [
    ['User-Agent', 'steward'],
    ['Accept', '*/*'],
    // A part of something packed could not be unpacked.
    ['Accept-Encoding', names.has('range') ? 'identity' : offeredCodings],
    ...(isOurs ? credentialsOf(get.url) : []),
  ];
  return [...usual.filter(([name]) => !names.has(name.toLowerCase())), ...given];
}

export function credentialsOf({ username, password }: URL): readonly HttpHeader[] {
  if (username === '' && password === '') return [];
  const text = `${decoded(username)}:${decoded(password)}`;
  return [['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]];
}

/** As it is written, where a percent sign is only itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
