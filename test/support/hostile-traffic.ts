// An attacker on the broker: sees all traffic, and publishes what it makes of it.
//
// 1. Everything it makes breaks something: the seal, the format, a name, the route, the life, the conversation, the place in the
//    lane. What breaks nothing is no attack that anybody could notice before messages are signed (design §7).
// 2. It uses what it has seen only after those for whom it was meant have seen it: a broker delivers in order.
import type { Random } from '../../src/base/random.ts';
import { kinds } from '../../src/model/subject.ts';
import {
  below,
  bomb,
  damagedBytes,
  damagedJson,
  openFrame,
  pick,
  rawFrame,
  resealed,
  type OpenFrame,
} from './hostile-frames.ts';

export interface Payload {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/** `resealed`, `damaged` and `replayed` are made of valid frames. */
export type Attack = 'random' | 'damaged' | 'resealed' | 'exchanged' | 'replayed' | 'nasty';

export interface HostilePayload extends Payload {
  readonly attack: Attack;
}

type Head = Record<string, unknown>;
type Mutation = (head: Head, random: Random) => Head;

const neverSent = '7zzzzzzzzzzzzzzzzzzz';
const most = Number.MAX_SAFE_INTEGER;
const wrongToken = (random: Random): string => Buffer.from(random.bytes(9)).toString('base64url');
const wrongName = (random: Random): string => `stranger-${below(random, 300)}`;
const farPosition = (random: Random): number => pick(random, [most, most - 1, 2 ** 40, 1_000_000, 4097]);

/** Who is meant, and which life: the same in every question, batch and piece. */
const ofAddress: readonly Mutation[] = [
  (head, random) => ({ ...head, ri: wrongToken(random) }),
  (head, random) => ({ ...head, rb: wrongToken(random) }),
  (head) => ({ ...head, ri: '', rb: '' }),
  (head, random) => ({ ...head, f: wrongName(random) }),
  (head, random) => ({ ...head, t: wrongName(random) }),
  (head) => ({ ...head, f: head['t'], t: head['f'] }),
  (head, random) => ({ ...head, k: wrongToken(random), rb: wrongToken(random) }),
];

const ofBatch: readonly Mutation[] = [
  ...ofAddress,
  (head, random) => ({ ...head, s: farPosition(random) }),
  (head, random) => ({ ...head, s: Number(head['s']) + 1 + below(random, 5), g: wrongToken(random) }),
  (head, random) => ({ ...head, b: farPosition(random) }),
  (head, random) => ({ ...head, g: wrongToken(random), s: Number(head['s']) + 1 }),
  (head, random) => ({ ...head, e: wrongToken(random) }),
  (head, random) => ({ ...head, e: wrongToken(random), s: 1, b: 0 }),
  (head) => ({ ...head, e: '' }),
  (head, random) => ({ ...head, l: pick(random, ['console', 'hello*', 'fileAppend<ping*', 'Unknown', 'none<hello']) }),
  (head, random) => ({ ...head, g: wrongToken(random), m: Array.from({ length: 4096 }, () => [neverSent]) }),
  (head, random) => ({ ...head, s: 0, g: wrongToken(random), m: Array.from({ length: 500 }, () => [neverSent]) }),
];

const ofAsk: readonly Mutation[] = [
  ...ofAddress,
  (head, random) => ({ ...head, a: [{ l: 'cliCommand', e: wrongToken(random), b: farPosition(random) }] }),
  (head, random) => ({ ...head, c: wrongToken(random), a: [{ l: 'ping', e: wrongToken(random), b: most }] }),
  (head, random) => ({
    ...head,
    a: Array.from({ length: 64 }, () => ({ l: `m${'abcdefgh'[below(random, 8)]}`, e: wrongToken(random), b: 1 })),
  }),
];

const ofPiece: readonly Mutation[] = [
  ...ofAddress,
  (head) => ({ ...head, z: most }),
  (head) => ({ ...head, o: most }),
  (head) => ({ ...head, z: 1, o: 0 }),
];

/** Changes every lane of an ACK. */
function eachLane(change: (lane: Head, random: Random) => Head): Mutation {
  return (head, random) => ({
    ...head,
    a: (Array.isArray(head['a']) ? (head['a'] as Head[]) : []).map((lane) => change(lane, random)),
  });
}

const ofAck: readonly Mutation[] = [
  (head, random) => ({ ...head, n: wrongToken(random) }),
  (head, random) => ({ ...head, i: wrongToken(random) }),
  (head, random) => ({ ...head, b: wrongToken(random) }),
  (head, random) => ({ ...head, f: wrongName(random) }),
  (head, random) => ({ ...head, t: wrongName(random) }),
  (head, random) => ({ ...head, c: wrongToken(random) }),
  (head) => ({ ...head, w: [[neverSent, 0]] }),
  (head) => ({ ...head, w: Array.from({ length: 256 }, () => [neverSent, most]) }),
  eachLane((lane, random) => ({ ...lane, s: farPosition(random) })),
  eachLane((lane, random) => ({ ...lane, s: Number(lane['s']) + 1 + below(random, 3), g: wrongToken(random) })),
  eachLane((lane, random) => ({ ...lane, g: wrongToken(random) })),
  eachLane((lane, random) => ({ ...lane, e: wrongToken(random), s: farPosition(random) })),
  eachLane((lane) => ({ ...lane, l: 'console', s: 3 })),
  eachLane((lane) => ({ ...lane, s: 0, x: Array.from({ length: 1024 }, (_none, at) => [at + 1, 1, 'forged']) })),
  eachLane((lane) => ({
    ...lane,
    x: [
      [most, 0, ''],
      [most - 1, 1, 'forged'],
    ],
  })),
  eachLane((lane) => ({ ...lane, r: [[neverSent, 1]] })),
];

const ofHello: readonly Mutation[] = [
  (head, random) => ({ ...head, i: wrongToken(random) }),
  (head, random) => ({ ...head, b: wrongToken(random) }),
  (head, random) => ({ ...head, i: wrongToken(random), b: wrongToken(random) }),
  (head) => ({ ...head, i: '', b: '' }),
  (head, random) => ({ ...head, f: wrongName(random) }),
];

const mutations: Readonly<Record<OpenFrame['type'], readonly Mutation[]>> = {
  batch: ofBatch,
  ask: ofAsk,
  piece: ofPiece,
  ack: ofAck,
  hello: ofHello,
};

const types = ['batch', 'ack', 'hello', 'ask', 'piece'] as const;
const mostKept = 400;

export class HostileTraffic {
  private readonly random: Random;
  private readonly victims: readonly string[];
  private readonly bombs: readonly Uint8Array[] = types.map((type) => bomb(type, 32 * 1024 * 1024));
  private kept: Payload[] = [];

  /** `victims` are names of nodes without dots. */
  constructor(random: Random, victims: readonly string[]) {
    this.random = random;
    this.victims = victims;
  }

  /** Something was published, and has arrived. Of very much some is forgotten. */
  see(payload: Payload): void {
    if (this.kept.length < mostKept) this.kept.push(payload);
    else this.kept[below(this.random, mostKept)] = payload;
  }

  seen(): number {
    return this.kept.length;
  }

  /** Three of four are made of valid frames. */
  next(): HostilePayload {
    const { random } = this;
    const dice = random.next();
    if (dice < 0.15) return { attack: 'random', subject: this.anySubject(), bytes: random.bytes(below(random, 300)) };
    if (dice < 0.25) return { attack: 'nasty', subject: this.anySubject(), bytes: this.nasty() };
    const { subject, bytes } = pick(random, this.kept);
    if (dice < 0.4) return { attack: 'damaged', subject, bytes: damagedBytes(bytes, random) };
    if (dice < 0.5) return { attack: 'replayed', subject, bytes };
    const frame = openFrame(bytes);
    if (dice < 0.6) {
      const head = damagedJson(frame.head, random);
      return { attack: 'exchanged', subject, bytes: rawFrame({ ...frame, head: JSON.stringify(head) }) };
    }
    const head = pick(random, mutations[frame.type])(frame.head, random);
    // A question that nothing was changed in (an ACK without lanes) is no attack: it goes elsewhere.
    const changed = JSON.stringify(head) !== JSON.stringify(frame.head);
    const where = changed && random.next() < 0.85 ? subject : this.elsewhere(subject);
    return { attack: 'resealed', subject: where, bytes: resealed(frame, head) };
  }

  private nasty(): Uint8Array {
    const { random } = this;
    const head = '{"f":"central","t":"ship1","n":"n","i":"i","b":"b","a":[]}';
    switch (below(random, 6)) {
      case 0:
        return pick(random, this.bombs);
      case 1:
        return rawFrame({ type: pick(random, types), version: 2 + below(random, 250), head });
      case 2:
        return rawFrame({ type: 6 + below(random, 240), head });
      case 3:
        return rawFrame({ type: pick(random, types), head, headLength: 0xffffffff - below(random, 10) });
      case 4:
        return rawFrame({ type: pick(random, types), head: '['.repeat(5_000), codec: 1 });
      default:
        return rawFrame({ type: pick(random, types), head: JSON.stringify('x'.repeat(50_000)), codec: 1 });
    }
  }

  private anySubject(): string {
    const { random } = this;
    const to = pick(random, this.victims);
    const from = random.next() < 0.7 ? pick(random, this.victims) : wrongName(random);
    switch (below(random, 3)) {
      case 0:
        return `steward-hello.${from}`;
      case 1:
        return `steward-ack.${to}.${from}`;
      default:
        return `steward.${to}.${pick(random, ['cliCommand', 'ping', 'fileAppend', 'none', 'x'])}.${pick(random, kinds)}.${from}`;
    }
  }

  /** A subject that the frame does not belong to: another method, kind, sender or receiver. */
  private elsewhere(subject: string): string {
    const { random } = this;
    const tokens = subject.split('.');
    const at = 1 + below(random, tokens.length - 1);
    const other = tokens.length === 5 && at === 3 ? kinds.filter((kind) => kind !== tokens[3]) : [wrongName(random)];
    return tokens.map((token, index) => (index === at ? pick(random, other) : token)).join('.');
  }
}
