// One direction of a proxied connection: takes bytes, and gives them to the other end when the link would have.
//
// Job: delay, rate, stalls and holding. From: the socket that sends. To: the socket that receives.
// 1. Bytes come out in the order in which they went in, none is changed.
// 2. It holds at most `mostBytes`: then it stops reading, as a full window of TCP does.
// 3. A held line lets nothing through, and has everything when it is released; a deaf one throws away what comes.
import type { Socket } from 'node:net';
import type { Random } from '../../src/base/random.ts';
import { segmentBytes, stallMs, type LinkProfile } from './link-profile.ts';

const mostBytes = 256 * 1024;

export interface LineOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly random: Random;
  readonly profile: () => LinkProfile;
  /** So many bytes have been taken from the one who sends. */
  readonly onTaken: (bytes: number) => void;
  /** A segment was lost, and everything behind it stalls. */
  readonly onStall: () => void;
}

export interface Line {
  hold(): void;
  release(): void;
  goDeaf(): void;
  close(): void;
}

interface Segment {
  readonly bytes: Buffer;
  readonly at: number;
}

export function openLine({ from, to, random, profile, onTaken, onStall }: LineOptions): Line {
  const queue: Segment[] = [];
  let bytes = 0;
  let lastAt = 0;
  let held = false;
  let deaf = false;
  let timer: NodeJS.Timeout | undefined;

  const take = (segment: Buffer): void => {
    const { delayMs, jitterMs, bytesPerSecond, loss } = profile();
    const now = performance.now();
    const sending = bytesPerSecond === undefined ? 0 : (segment.length / bytesPerSecond) * 1000;
    const arrives = now + delayMs + random.next() * jitterMs;
    lastAt = Math.max(lastAt, arrives) + sending;
    if (loss > 0 && random.next() < loss) {
      lastAt += stallMs(profile(), () => random.next());
      onStall();
    }
    queue.push({ bytes: segment, at: lastAt });
    bytes += segment.length;
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held) return;
    const now = performance.now();
    for (let first = queue[0]; first !== undefined && first.at <= now; first = queue[0]) {
      queue.shift();
      bytes -= first.bytes.length;
      to.write(first.bytes);
    }
    if (bytes + to.writableLength < mostBytes) from.resume();
    const next = queue[0];
    if (next !== undefined) timer = setTimeout(flush, Math.ceil(next.at - now));
  };
  from.on('data', (data: Buffer) => {
    onTaken(data.length);
    if (deaf) return;
    for (let at = 0; at < data.length; at += segmentBytes) take(data.subarray(at, at + segmentBytes));
    if (bytes + to.writableLength >= mostBytes) from.pause();
    flush();
  });
  to.on('drain', flush);
  return {
    hold: () => void (held = true),
    release() {
      held = false;
      flush();
    },
    goDeaf: () => void (deaf = true),
    close: () => clearTimeout(timer),
  };
}
