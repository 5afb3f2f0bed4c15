// The arguments of the method `httpPost`: an address, then options. Read as those of `httpGet` are, and as often.
import {
  mostHttpGetOptions,
  quote,
  readAddress,
  readHeader,
  type ArgsProblem,
  type HttpHeader,
} from './http-get-args.ts';

export interface HttpPost {
  /** Of http or https. */
  readonly url: URL;
  readonly headers: readonly HttpHeader[];
  /** How it is dressed as an event of CloudEvents; absent: not at all. */
  readonly event?: 'binary' | 'structured';
  /** Of the event. */
  readonly type?: string;
}

export type HttpPostReading = { readonly post: HttpPost } | { readonly problem: ArgsProblem };

const example = 'such as ["https://hooks.example.com/steward", "event=structured"]';
const known = 'event=binary|structured, type=TEXT, header=NAME: VALUE';
/** The node says these of what it posts. */
const ours = /^(content-type|idempotency-key|ce-.*)$/i;

export function readHttpPostArgs(args: readonly string[]): HttpPostReading {
  const [address, ...options] = args;
  if (address === undefined) return { problem: { message: 'httpPost needs an address', hint: example } };
  const url = readAddress(address, example);
  if (!(url instanceof URL)) return { problem: { ...url, element: 0 } };
  if (options.length > mostHttpGetOptions)
    return { problem: { message: `httpPost has at most ${mostHttpGetOptions} options`, hint: 'leave some out' } };
  const headers: HttpHeader[] = [];
  let event: HttpPost['event'];
  let type: string | undefined;
  for (const [index, option] of options.entries()) {
    const element = index + 1;
    const [, name = '', value = ''] = /^([^=]*)=?([^]*)$/.exec(option) ?? [];
    if (name === 'header') {
      const words = readHeader(value, headers);
      if (words !== undefined) return { problem: { ...words, element } };
      const [written = ''] = headers.at(-1) ?? [];
      if (ours.test(written))
        return {
          problem: { message: `the header ${quote(written)} is set by the node`, hint: 'leave it out', element },
        };
    } else if (name === 'event' && (value === 'binary' || value === 'structured')) event = value;
    else if (name === 'type' && /^[\x21-\x7e]{1,200}$/.test(value)) type = value;
    else return { problem: { message: `httpPost has no option ${quote(option)}`, hint: `one of: ${known}`, element } };
  }
  if (type !== undefined && event === undefined)
    return {
      problem: {
        message: 'type= is that of an event, and there is none',
        hint: 'add event=structured or event=binary, or leave type out',
        element: options.findIndex((option) => option.startsWith('type=')) + 1,
      },
    };
  return {
    post: { url, headers, ...(event === undefined ? {} : { event }), ...(type === undefined ? {} : { type }) },
  };
}
