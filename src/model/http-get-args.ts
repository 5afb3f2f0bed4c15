// The arguments of the method `httpGet`: an address, then options.
//
// Here, since they are read twice: by intake, which refuses with the place of the mistake, and by the receiver, where a message may
// come from elsewhere and ends as failed.
// 1. Whatever is given, the answer is what it means or a problem: nothing throws.

/** As it is to be sent; the value may hold any character but control characters. */
export type HttpHeader = readonly [name: string, value: string];

export interface HttpGet {
  /** Of http or https. */
  readonly url: URL;
  /** Status line and headers come before the body. */
  readonly include: boolean;
  readonly headers: readonly HttpHeader[];
  readonly redirects: number;
  /** Of the body in bytes, unpacked; absent: what the node allows. */
  readonly limit?: number;
}

export interface ArgsProblem {
  readonly message: string;
  readonly hint: string;
  /** Which argument, from 0; absent: there is none. */
  readonly element?: number;
}

export type HttpGetReading = { readonly get: HttpGet } | { readonly problem: ArgsProblem };

export const mostRedirects = 20;
const usualRedirects = 5;
/** No node allows more output (`OutputLimit`). */
export const mostBodyBytes = 64 * 1024 * 1024;
export const mostHttpGetOptions = 64;

const example = 'such as ["http://127.0.0.1:9000/metrics", "include"]';
const known = 'include, header=NAME: VALUE, redirects=N, limit=BYTES';
/** These belong to the connection, which is ours. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

interface Options {
  include?: true;
  readonly headers: HttpHeader[];
  redirects?: number;
  limit?: number;
}

type Words = Omit<ArgsProblem, 'element'>;

export function readHttpGetArgs(args: readonly string[]): HttpGetReading {
  const [address, ...options] = args;
  if (address === undefined) return { problem: { message: 'httpGet needs an address in methodArgs', hint: example } };
  const url = readAddress(address);
  if (!(url instanceof URL)) return { problem: { ...url, element: 0 } };
  if (options.length > mostHttpGetOptions) {
    const message = `httpGet has at most ${mostHttpGetOptions} options, not ${options.length}`;
    return { problem: { message, hint: 'leave some out', element: mostHttpGetOptions + 1 } };
  }
  const read: Options = { headers: [] };
  for (const [index, option] of options.entries()) {
    const words = readOption(option, read);
    if (words !== undefined) return { problem: { ...words, element: index + 1 } };
  }
  const { include = false, headers, redirects = usualRedirects, limit } = read;
  return { get: { url, include, headers, redirects, ...(limit === undefined ? {} : { limit }) } };
}

/** `hint`: an example of what may stand there. */
export function readAddress(text: string, hint = example): URL | Words {
  // The standard would leave them out, and ask for something else than what is written.
  if (hasControl(text)) return { message: 'an address holds no control characters', hint };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return { message: `${quote(text)} is no address`, hint };
  if (!isHttp(url))
    return { message: `${quote(text)} is no address of http or https`, hint: 'it begins with http:// or https://' };
  return url;
}

export function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

/** Adds to what is read, or answers what is wrong. */
function readOption(option: string, read: Options): Words | undefined {
  const [, written = '', value] = /^([^=]*)(?:=([^]*))?$/.exec(option) ?? [];
  switch (written.toLowerCase()) {
    case 'include':
      if (value !== undefined) return { message: 'the option include takes no value', hint: 'include' };
      read.include = true;
      return undefined;
    case 'header':
      return readHeader(value ?? '', read.headers);
    case 'redirects':
      return readNumber(value, { name: 'redirects', least: 0, most: mostRedirects }, read);
    case 'limit':
      return readNumber(value, { name: 'limit', least: 1, most: mostBodyBytes }, read);
    default:
      return {
        message: `httpGet has no option ${quote(written)}`,
        hint: /^\d+$/.test(written)
          ? 'an interval belongs to httpGetScheduled, or to the field schedule'
          : `one of: ${known}`,
      };
  }
}

function readNumber(
  value: string | undefined,
  of: { readonly name: 'redirects' | 'limit'; readonly least: number; readonly most: number },
  read: Options,
): Words | undefined {
  const { name, least, most } = of;
  const hint = `a whole number from ${least} to ${most}`;
  if (read[name] !== undefined) return { message: `the option ${name} is given twice`, hint };
  const number = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : -1;
  if (number < least || number > most) return { message: `${name} cannot be ${quote(value ?? '')}`, hint };
  read[name] = number;
  return undefined;
}

export function readHeader(value: string, headers: HttpHeader[]): Words | undefined {
  const colon = value.indexOf(':');
  const name = value.slice(0, Math.max(0, colon)).trim();
  const hint = 'such as "header=Accept: text/plain"';
  // What a name may consist of: RFC 9110, 5.6.2.
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return { message: `${quote(value)} is no header`, hint };
  if (hasControl(value.replaceAll('\t', ' ')))
    return { message: `the header ${quote(name)} holds control characters`, hint };
  const lower = name.toLowerCase();
  if (ownHeaders.has(lower)) return { message: `the header ${quote(name)} is set by the node`, hint: 'leave it out' };
  if (lower === 'host' && headers.some(([other]) => other.toLowerCase() === lower))
    return { message: 'the header Host is given twice', hint: 'leave one out' };
  headers.push([name, value.slice(colon + 1).trim()]);
  return undefined;
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
