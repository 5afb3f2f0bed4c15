// One HTTP exchange over the node's unix socket, each on a connection of its own.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { apiErrorSchema, fromErrorBody } from '../contract/api-error.ts';
import { checkSocketPath } from '../contract/api-socket.ts';
import { decode } from '../base/decode.ts';
import { StewardError } from '../model/error.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly body?: Uint8Array | string;
}

/** Bytes of one answer: an output has at most 16 MiB, a list of 50,000 nodes about 10. */
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Resolves when the answer's head is there and is 2xx. Throws the error that the node answered with, or `not-running`.
 * The signal cuts the connection.
 */
export async function openExchange(socketPath: string, call: Call, signal?: AbortSignal): Promise<IncomingMessage> {
  checkSocketPath(socketPath);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      socketPath,
      method: call.method,
      path: call.path,
      headers: {
        host: 'localhost',
        ...(call.body === undefined ? {} : { 'content-length': Buffer.byteLength(call.body) }),
      },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    request.once('response', resolve);
    request.on('error', (error) => reject(connectionError(socketPath, error)));
    request.end(call.body);
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const answer = decode(apiErrorSchema, (await readAnswer(socketPath, response)).toString());
  throw answer === undefined ? notUnderstood(`status ${status}`) : fromErrorBody(answer.error);
}

/** The whole body. Throws `not-running` where the connection ends before it, `too-large` beyond 64 MiB. */
export async function readAnswer(socketPath: string, response: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxAnswerBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw connectionError(socketPath, error);
  }
  if (size > maxAnswerBytes)
    throw new StewardError('too-large', `the node's answer has more than ${maxAnswerBytes} bytes`);
  return Buffer.concat(chunks, size);
}

export function notUnderstood(what: string): StewardError {
  return new StewardError('internal', `the node's answer cannot be understood: ${what}`, {
    hint: 'are the node and this command of the same version?',
  });
}

/** What a failed connection means to the person who wanted something of the node. */
export function connectionError(socketPath: string, error: unknown): Error {
  if (!(error instanceof Error)) return notUnderstood(String(error));
  const code = 'code' in error ? String(error.code) : '';
  if (error.name === 'AbortError') return error;
  if (['ENOENT', 'ENOTDIR', 'ECONNREFUSED'].includes(code)) {
    return new StewardError('not-running', `no node answers on ${socketPath}`, {
      hint: 'start one in this folder with "steward node", or name its socket with --socket',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new StewardError('not-running', `this user may not open ${socketPath}`, {
      hint: 'run the command as the user that the node runs as',
      cause: error,
    });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new StewardError('not-running', `the node on ${socketPath} closed the connection before it had answered`, {
      hint: 'it may have done what it was asked: see whether it runs, and "steward log --since 5m", before you try again',
      cause: error,
    });
  }
  return new StewardError('not-running', `the node on ${socketPath} cannot be asked: ${error.message}`, {
    cause: error,
  });
}
