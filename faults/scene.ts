// A scene: one kind of misery, with nodes and brokers of its own.
import type { Random } from '../src/base/random.ts';
import type { Lab } from './lab/open-lab.ts';
import type { Counts, Tally } from './tally.ts';

export interface Stage {
  readonly lab: Lab;
  readonly tally: Tally;
  /** A source of its own for each name: what one part draws does not move another. */
  readonly random: (name: string) => Random;
  /** Whether its time is over and every fault was injected often enough; or the run has to end. */
  readonly over: () => boolean;
  /** Whether the run was interrupted: nothing more is judged. */
  readonly interrupted: () => boolean;
  /** About so long; ends early where the run has to end. */
  readonly pause: (ms: number) => Promise<void>;
  readonly untilOver: () => Promise<void>;
  /** For the progress line. */
  readonly onMessages: (count: number) => void;
}

/** What has come of a scene. */
export interface Judgement {
  readonly messages: number;
  /** Messages by the state in which they ended. */
  readonly states: Readonly<Record<string, number>>;
  /** What is wrong, one sentence each, with the history of the message. */
  readonly wrong: readonly string[];
  /** What a reader has to know beside the figures. */
  readonly notes?: readonly string[];
}

export interface Scene {
  /** What `--only` takes. */
  readonly name: string;
  /** One line for the table. */
  readonly what: string;
  /** How long faults are injected in a whole run. */
  readonly seconds: number;
  /** In a whole run. Asserted. */
  readonly least: Counts;
  /** Messages that have to be delivered in a whole run. Asserted. */
  readonly leastMessages: number;
  /** Why this machine cannot play it; undefined: it can. */
  readonly obstacle?: () => string | undefined;
  readonly play: (stage: Stage) => Promise<Judgement>;
}
