// One scene from its first process to its last, with a verdict.
//
// 1. It ends: when its time is over and every fault was injected often enough, or at the latest after `longest` times its time. A short
//    one is enough with one fault and one message, and may take a minute to get there: a busy machine does little in seconds.
// 2. What it started is gone afterwards. Its files stay only if something went wrong.
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { seededRandom } from '../src/base/random.ts';
import { pause } from '../test/support/campaign.ts';
import { deliveredOf } from './judge.ts';
import { openLab, type Lab } from './lab/open-lab.ts';
import type { Judgement, Scene, Stage } from './scene.ts';
import { createTally, faultKinds, missing, type Counts } from './tally.ts';

export interface Performance {
  readonly scene: string;
  readonly what: string;
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Counts;
  readonly messages: number;
  readonly delivered: number;
  readonly states: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly notes: readonly string[];
  /** Why it was not played on this machine. */
  readonly obstacle?: string;
  /** Where its files are, if something went wrong. */
  readonly kept?: string;
}

export interface RunSceneOptions {
  readonly scene: Scene;
  readonly seed: number;
  /** 1: a whole run. Times and minimums shrink with it. */
  readonly scale: number;
  /** Plays a little of it, and promises no figures. */
  readonly short?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** As soon as there is something to close. */
  readonly onLab: (lab: Lab) => void;
}

export interface Progress {
  readonly seconds: number;
  readonly messages: number;
  readonly faults: Counts;
}

const longest = 2.5;
const leastSeconds = 4;
const longestShortSeconds = 60;

export async function runScene(options: RunSceneOptions): Promise<Performance> {
  const { scene, seed, scale, signal, short = false } = options;
  const { name, what } = scene;
  const obstacle = scene.obstacle?.();
  const none = {
    scene: name,
    what,
    seed,
    seconds: 0,
    faults: {},
    messages: 0,
    delivered: 0,
    states: {},
    wrong: [],
    notes: [],
  };
  if (obstacle !== undefined) return { ...none, obstacle };

  const lab = await openLab();
  options.onLab(lab);
  const tally = createTally();
  const least = Object.fromEntries(
    faultKinds.flatMap((kind) =>
      scene.least[kind] === undefined ? [] : [[kind, Math.floor(scene.least[kind] * scale)]],
    ),
  ) as Counts;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const wanted = Math.max(leastSeconds, scene.seconds * scale);
  let messages = 0;
  let finished = false;
  const isEnough = (): boolean =>
    short
      ? messages > 0 && Object.values(tally.counts()).some((count) => count > 0)
      : missing(tally.counts(), least).length === 0;
  const limit = short ? longestShortSeconds : longest * wanted;
  const over = (): boolean => {
    if (finished || signal.aborted) return true;
    return elapsed() > wanted && (isEnough() || elapsed() > limit);
  };
  const breakable = async (ms: number): Promise<void> => {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !over(); left = end - performance.now()) await pause(Math.min(left, 100));
  };
  const stage: Stage = {
    lab,
    tally,
    random: (part) => seededRandom(seedOf(seed, name, part)),
    over,
    interrupted: () => signal.aborted,
    pause: breakable,
    untilOver: async () => {
      while (!over()) await breakable(500);
    },
    onMessages: (count) => {
      messages = count;
      options.onProgress({ seconds: elapsed(), messages, faults: tally.counts() });
    },
  };
  let judgement: Judgement;
  try {
    judgement = await scene.play(stage);
  } catch (error) {
    const text = inspect(error);
    judgement = { messages, states: {}, wrong: signal.aborted ? [] : [`the scene broke off: ${text}`] };
  }
  finished = true;
  const seconds = elapsed();
  const faults = tally.counts();
  const delivered = deliveredOf(judgement.states);
  const leastMessages = Math.floor(scene.leastMessages * scale);
  const tooLittle = [
    ...missing(faults, least).map((text) => `fewer faults than it promises: ${text}`),
    ...(delivered < leastMessages ? [`fewer messages than it promises: ${delivered} of ${leastMessages}`] : []),
  ];
  const wrong = [...judgement.wrong, ...(short ? [] : tooLittle)];
  const keep = wrong.length > 0 && !signal.aborted;
  await lab.close({ keep });
  return {
    ...none,
    seconds,
    faults,
    messages: judgement.messages,
    delivered,
    states: judgement.states,
    wrong: signal.aborted ? [] : wrong,
    notes: judgement.notes ?? [],
    ...(keep ? { kept: lab.folder } : {}),
  };
}

function seedOf(seed: number, ...parts: readonly string[]): number {
  return createHash('sha256')
    .update([seed, ...parts].join('/'))
    .digest()
    .readUInt32BE(0);
}
