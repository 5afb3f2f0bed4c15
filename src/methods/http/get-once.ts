// One GET, or POST, over a connection of its own, by Node's own client: fetch would hold 12 MB more once it was used.
//
// Boundary. From: follow-redirects.ts. To: the network.
// 1. A connection is for one question, and is closed at the end of its answer, when the body is destroyed, or by the signal.
// 2. TLS is loaded with the first address that wants it.
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { TcpNetConnectOpts } from 'node:net';
import { Readable } from 'node:stream';
import type { HttpHeader } from '../../model/http-get-args.ts';
import type { Answer, Question } from './transport.ts';

/** Of each address of a name, before the next is tried. Node's own 250 ms are shorter than the way over a satellite and back. */
const attemptMs = 5_000;

export async function getOnce(question: Question): Promise<Answer> {
  const { request } = question.url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  question.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const asked = request(optionsOf(question));
    asked.on('error', reject);
    asked.once('response', (answer) => {
      // What goes wrong from now on is told by the body.
      asked.on('error', (error) => answer.destroy(error));
      resolve(answerOf(answer, answer));
    });
    // Nobody has asked for one. Node would close the connection, and say nothing.
    asked.once('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(answerOf(answer, Readable.from([])));
    });
    // In case that it is silent at something else, too.
    asked.once('close', () => reject(new Error('the connection is closed')));
    asked.end(question.body);
  });
}

type Options = RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'>;

function answerOf(answer: IncomingMessage, body: Readable): Answer {
  const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders } = answer;
  return { version: httpVersion, status: statusCode, statusText: statusMessage, headers: pairs(rawHeaders), body };
}

function optionsOf({ url, headers, body, signal }: Question): Options {
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    byName.set(lower, [...(byName.get(lower) ?? []), asBytes(value)]);
  }
  return {
    method: body === undefined ? 'GET' : 'POST',
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
    agent: false,
    signal,
    autoSelectFamilyAttemptTimeout: attemptMs,
  };
}

/** Node takes a header's characters for bytes: what is not ASCII goes as UTF-8. */
function asBytes(value: string): string {
  return Buffer.from(value).toString('latin1');
}

function pairs(raw: readonly string[]): readonly HttpHeader[] {
  return raw.flatMap((name, index): readonly HttpHeader[] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}
