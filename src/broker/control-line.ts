// Reads one control line. No state. The replies and the silences are nats-server's, as test/integration/broker.test.ts shows;
// stricter in that a client may not say what only a server says (INFO, +OK, -ERR), nor anything that merely begins with PING.
import type { BrokerLimits } from './limits.ts';
import type { Operation, Publish, Violation } from './operation.ts';

/** A publish whose payload is still to come. */
export interface Announced extends Omit<Publish, 'type' | 'frame'> {
  readonly type: 'announced';
}

export type ControlLine = Exclude<Operation, Publish> | Announced;

type LineLimits = Pick<BrokerLimits, 'maxControlLine' | 'maxPayload'>;

const firstWords = ['CONNECT', 'PUB', 'HPUB', 'SUB', 'UNSUB', 'PING', 'PONG'];
export const longestFirstWord = 8;

export const unknownOperation: Violation = {
  type: 'violation',
  reply: 'Unknown Protocol Operation',
  reason: 'unknown operation',
};
export const lineTooLong: Violation = {
  type: 'violation',
  reply: 'maximum control line exceeded',
  reason: 'control line too long',
};

/** Whether a line that begins like this can become one. A browser's POST ends here, before its body is looked at. */
export function canBegin(part: string): boolean {
  const blank = part.search(/[ \t\r]/);
  const word = (blank === -1 ? part : part.slice(0, blank)).toUpperCase();
  return firstWords.some((known) => (blank === -1 ? known.startsWith(word) : known === word));
}

/** `line` comes without its line end. */
export function readControlLine(line: string, limits: LineLimits): ControlLine {
  const [, word = '', blank = '', rest = ''] = /^([^ \t]*)([ \t]*)([^]*)$/.exec(line) ?? [];
  if (rest.length > limits.maxControlLine) return canBegin(word) ? lineTooLong : unknownOperation;
  const name = word.toUpperCase();
  if (name === 'PING') return { type: 'ping' };
  if (name === 'PONG') return { type: 'pong' };
  if (name === 'CONNECT') return { type: 'connect', options: rest };
  if (blank === '') return unknownOperation;
  if (name === 'PUB') return readPublish(splitWords(rest), limits);
  if (name === 'HPUB') return readHeaderPublish(splitWords(rest), limits);
  if (name === 'SUB') return readSubscribe(splitWords(rest));
  if (name === 'UNSUB') return readUnsubscribe(splitWords(rest));
  return unknownOperation;
}

function readPublish(words: readonly string[], limits: LineLimits): ControlLine {
  if (words.length !== 2 && words.length !== 3) return silentViolation('PUB wants subject, reply and size');
  const [subject = '', reply = ''] = words.length === 2 ? [words[0]] : words;
  const size = readSize(words.at(-1) ?? '');
  return announce({ type: 'announced', subject, reply, headerSize: 0, size }, limits);
}

function readHeaderPublish(words: readonly string[], limits: LineLimits): ControlLine {
  if (words.length !== 3 && words.length !== 4) return silentViolation('HPUB wants subject, reply and two sizes');
  const [subject = '', reply = ''] = words.length === 3 ? [words[0]] : words;
  const [headerSize, size] = [readSize(words.at(-2) ?? ''), readSize(words.at(-1) ?? '')];
  if (headerSize < 0 || headerSize > size) return silentViolation('HPUB with a bad header size');
  return announce({ type: 'announced', subject, reply, headerSize, size }, limits);
}

function announce(publish: Announced, limits: LineLimits): Announced | Violation {
  if (publish.size < 0) return silentViolation('a bad payload size');
  if (publish.size > limits.maxPayload) {
    return { type: 'violation', reply: 'Maximum Payload Violation', reason: `payload of ${publish.size} bytes` };
  }
  return publish;
}

function readSubscribe(words: readonly string[]): ControlLine {
  if (words.length !== 2 && words.length !== 3) return silentViolation('SUB wants subject, queue and id');
  const [subject = '', queue = ''] = words.length === 2 ? [words[0]] : words;
  return { type: 'subscribe', subject, queue, sid: words.at(-1) ?? '' };
}

function readUnsubscribe(words: readonly string[]): ControlLine {
  if (words.length !== 1 && words.length !== 2) return silentViolation('UNSUB wants id and count');
  return { type: 'unsubscribe', sid: words[0] ?? '', max: Math.max(0, readSize(words[1] ?? '0')) };
}

function splitWords(rest: string): readonly string[] {
  return rest.split(/[ \t\r]+/).filter((word) => word !== '');
}

/** −1 for anything but one to nine digits. */
function readSize(word: string): number {
  return /^\d{1,9}$/.test(word) ? Number(word) : -1;
}

function silentViolation(reason: string): Violation {
  return { type: 'violation', reply: '', reason };
}
