// A request to a method, as ship1 sends it; what a test does not name is not looked at.
import type { RunRequest } from '../../../src/methods/run.ts';
import type { Message } from '../../../src/model/message.ts';

export function newRequest(more: Partial<Message> = {}, body: Uint8Array = new Uint8Array(0)): RunRequest {
  const message: Message = {
    id: 'm1',
    from: 'ship1',
    to: 'central',
    method: 'fileAppend',
    args: [],
    unordered: false,
    rerun: 'always',
    ackTimeoutMs: 5_000,
    retries: 3,
    retryWaitMs: 0,
    expiresMs: 60_000,
    methodTimeoutMs: 10_000,
    directory: '',
    fileName: '',
    bodySize: body.length,
    ...more,
  };
  return { key: `ship1/${message.id}`, message, body };
}
