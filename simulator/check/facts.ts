// What truly happened to every message of a simulated world, whatever the nodes believe.
import type { MethodName } from '../../src/model/method-name.ts';
import type { Machine } from '../world/machine.ts';

/** The life of one store: from when it was put on its machine until it was exchanged. */
export interface Branch {
  readonly node: string;
  /** What ended it; undefined while it is in use. */
  endedBy: Exchange['how'] | undefined;
}

export interface Deed {
  readonly at: number;
  readonly machine: Machine;
  readonly branch: Branch;
}

export interface MessageFacts {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Its sender, and the nodes that carry it, in their order. */
  readonly senders: readonly string[];
  /** As in the outbox: with the mark of those that want no ACK. */
  readonly lane: string;
  readonly method: MethodName;
  readonly isReply: boolean;
  /** In the name of its sender, by a node that carried what it takes the place of: no order is kept between the two. */
  readonly isMadeOnWay: boolean;
  /** Word of a node that carries a message. */
  readonly isWord: boolean;
  /** Of such a word that says that it goes no further: of which. */
  readonly endsOnWay: string | undefined;
  /** Of a reply: what it answers. */
  readonly requestId: string | undefined;
  /** Of a reply that brings output of a run that goes on: which part of it. */
  readonly part: number | undefined;
  /** It is run again and again. */
  readonly isSchedule: boolean;
  /** Of a reply that answers a run of such a one: which. */
  readonly run: number | undefined;
  /** Of a reply: how its request ended. */
  readonly outcomeState: string | undefined;
  /** Of the outcome of such a run: parts, and bytes of both outputs, that went ahead. */
  readonly streamed: readonly [number, number, number] | undefined;
  readonly mayRerun: boolean;
  /** Runs after the first that it asks for, where one fails. */
  readonly methodRetries: number;
  readonly wantsAck: boolean;
  readonly forbidden: boolean;
  readonly head: string;
  readonly body: Uint8Array;
  /** It leaves when these have succeeded. */
  after: readonly string[];
  /** One of them had ended otherwise, and an answer showed later that it did succeed: that brings this one back no more. */
  waitedInVain: boolean;
  /** Order of intake, over all nodes; of what waited for others, of when it was let go. */
  sequence: number;
  readonly queuedAt: number;
  /** How long its node had run then, truly. */
  readonly uptimeAt: number;
  spanMs: number;
  /** Intake has said "accepted". */
  answered: boolean;
  /** It had a position, and may have left. */
  hadPosition: boolean;
  /** When it first left, as a message. */
  leftAt: number | undefined;
  /** Nodes that have taken it on, to carry it. */
  readonly carriedBy: Set<string>;
  readonly accepts: Deed[];
  readonly runs: Deed[];
  /** How its runs ended, where one did. */
  readonly ends: Set<string>;
  /** How the last one ended; undefined while it runs. */
  lastEnd: string | undefined;
  /** Its receiver died while its start was durable and its end was not. */
  interrupted: boolean;
  /** Its sender wants it back. */
  cancelled: boolean;
  /** When its sender first called it expired, or cancelled: from then on nothing of it runs. */
  expiredAt: number | undefined;
}

export interface Exchange {
  readonly at: number;
  readonly how: 'wipe' | 'restore' | 'twin' | 'twin-end' | 'stray';
}

/** Order is kept among those that go the same way. */
export function laneKeyOf(facts: Pick<MessageFacts, 'senders' | 'to' | 'lane'>): string {
  return `${facts.senders.join(' ')} ${facts.to} ${facts.lane}`;
}
