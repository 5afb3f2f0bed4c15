// Submits messages to a fleet while its processes are killed at random moments, and writes down what can be seen of it.
//
// Job: everything random comes from the seed (the machine's own timing does not). From: the campaign tests. To: history-checker.
// 1. A sender has at most one submission under way; one that was not answered counts as "may have been accepted".
// 2. Every command writes its number to a file of its node when it starts and when it ends.
import type { Random } from '../../src/base/random.ts';
import { StewardError } from '../../src/model/error.ts';
import { isSettled, type MessageView } from '../../src/contract/message-view.ts';
import {
  answersOf,
  appendFile,
  defaultStyle,
  fieldsOf,
  readLines,
  runFile,
  type CampaignStyle,
  type Planned,
} from './campaign-work.ts';
import type { FleetNode } from './fleet.ts';
import type { History, Kill, Kind, RunLine, SubmittedMessage } from './history-checker.ts';
import { waitFor } from './wait-for.ts';

export const maxRunning = 4;

export interface Route {
  readonly from: FleetNode;
  readonly to: FleetNode;
}

export interface CampaignOptions {
  readonly random: Random;
  readonly routes: readonly Route[];
  readonly nodes: readonly FleetNode[];
  readonly style?: Partial<CampaignStyle>;
}

const looksAtOnce = 32;

export class Campaign {
  readonly #options: CampaignOptions;
  readonly #style: CampaignStyle;
  readonly #submitted: SubmittedMessage[] = [];
  readonly #kills: Kill[] = [];
  readonly #views = new Map<string, MessageView>();
  #lastNumber = 0;
  #stopped = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#style = { ...defaultStyle, ...options.style };
  }

  get submitted(): number {
    return this.#submitted.length;
  }

  get kills(): number {
    return this.#kills.length;
  }

  killsOf({ name }: FleetNode): number {
    return this.#kills.filter(({ node }) => node === name).length;
  }

  async kill(node: FleetNode): Promise<void> {
    this.#kills.push({ node: node.name, at: Date.now(), until: Number.POSITIVE_INFINITY });
    await node.kill();
  }

  /** Starts a node that was killed, and now and then kills it again before it is ready, or just when it is. */
  async start(node: FleetNode): Promise<void> {
    const { random } = this.#options;
    this.#begin(node);
    if (random.next() < 0.2) {
      node.launch();
      await pause(random.next() * 500);
      await this.kill(node);
      this.#begin(node);
    }
    await node.start();
  }

  #begin({ name }: FleetNode): void {
    const last = this.#kills.findLastIndex(({ node }) => node === name);
    const kill = this.#kills[last];
    if (kill !== undefined) this.#kills[last] = { ...kill, until: Date.now() };
  }

  /** Submits from this node until the campaign stops. */
  async submitFrom(node: FleetNode): Promise<void> {
    const { random, routes } = this.#options;
    const own = routes.filter(({ from }) => from === node);
    while (!this.#stopped) {
      await pause(20 + random.next() * this.#style.pauseMs);
      const route = own[Math.floor(random.next() * own.length)];
      if (route !== undefined && node.running && (await this.#hasRoom(node))) await this.#submit(route);
    }
  }

  async #hasRoom(node: FleetNode): Promise<boolean> {
    const { mostWaiting } = this.#style;
    // One that does not answer has been killed in this moment.
    return mostWaiting === Number.POSITIVE_INFINITY || (await waitingAt(node).catch(() => mostWaiting)) < mostWaiting;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Waits until every message that may be under way has come to its end, and answers what was seen. */
  async rest(withinMs: number): Promise<History> {
    const { nodes } = this.#options;
    for (const node of nodes) {
      await waitFor(`${node.name} to have nothing under way`, () => isQuiet(node), {
        withinMs,
        everyMs: 100,
        seen: () => this.#submitted.length,
      });
    }
    const states = new Map<string, string>();
    const look = async ({ from, id }: SubmittedMessage): Promise<void> => {
      if (id === undefined) return;
      const view = await nodes
        .find(({ name }) => name === from)
        ?.client.message(id)
        .catch(unlessForgotten);
      if (view === undefined) return;
      this.#views.set(id, view);
      states.set(id, isSettled(view) ? view.state : `${view.state}, not settled`);
    };
    for (let at = 0; at < this.#submitted.length; at += looksAtOnce)
      await Promise.all(this.#submitted.slice(at, at + looksAtOnce).map(look));
    return {
      submitted: this.#submitted,
      states,
      runs: new Map(nodes.map((node) => [node.name, this.#runsOf(node)])),
      answers: this.#options.routes.flatMap((route) => answersOf(route, this.#style.largeEvery)),
      kills: this.#kills,
      maxRunning,
      recordingMs: this.#style.recordingMs,
    };
  }

  /** All that is known of a message. For the explanation of what the checker finds. */
  tell(number: number): string {
    const message = this.#submitted.find((one) => one.number === number);
    const view = this.#views.get(message?.id ?? '');
    const target = this.#options.nodes.find(({ name }) => name === message?.to);
    const runs = target === undefined ? [] : this.#runsOf(target).filter((line) => line.number === number);
    const kills = this.#kills.filter(({ node }) => node === message?.to);
    return JSON.stringify({ message, view, runs, kills });
  }

  async #submit(route: Route): Promise<void> {
    const { random } = this.#options;
    const batch = Array.from({ length: 1 + Math.floor(random.next() * this.#style.batch) }, () => this.#plan(route));
    let ids: readonly string[] | undefined;
    try {
      ids = await route.from.submit(...batch.map((message) => fieldsOf(message, random, this.#style)));
    } catch (error) {
      // Nobody was there to take it: no message. Anything else may have been taken.
      if (isRefused(error)) return;
    }
    batch.forEach((message, index) => {
      const id = ids?.[index];
      this.#submitted.push(id === undefined ? message : { ...message, id });
    });
  }

  #plan({ from, to }: Route): Planned {
    const { random } = this.#options;
    this.#lastNumber += 1;
    const { appends } = this.#style;
    const which = random.next();
    const kind: Kind = which < appends ? 'append' : which < appends + 0.1875 * (1 - appends) ? 'rerun' : 'once';
    const fate = random.next();
    const plan = kind === 'append' || fate < 0.8 ? 'succeeded' : fate < 0.97 ? 'failed' : 'timedOut';
    const lane = kind === 'append' ? 'fileAppend' : random.next() < 0.5 ? 'cliCommand' : 'cliCommand*';
    const mayExpire = kind === 'once' && random.next() < 0.1;
    return { number: this.#lastNumber, from: from.name, to: to.name, lane, kind, plan, mayExpire };
  }

  #runsOf(node: FleetNode): readonly RunLine[] {
    const commands = readLines(node.path(runFile)).map((line): RunLine => {
      const [type = '', number, at] = line.split(' ');
      return { type: type === 'start' ? 'start' : 'end', number: Number(number), at: Number(at) * 1000 };
    });
    const senders = this.#options.routes.filter(({ to }) => to === node).map(({ from }) => from.name);
    const appended = senders.flatMap((sender) => readLines(node.dataPath(sender, appendFile)));
    return [...commands, ...appended.map((line): RunLine => ({ type: 'start', number: Number(line), at: Number.NaN }))];
  }
}

/** For about so long: what kills and submits at random moments has nothing to wait for. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

async function isQuiet(node: FleetNode): Promise<boolean> {
  return (await waitingAt(node)) === 0;
}

async function waitingAt(node: FleetNode): Promise<number> {
  const { counts, waitingReplies } = await node.client.counts();
  return counts.queued + counts.delivered + counts.running + waitingReplies;
}

/** A message that its sender does not know is for the checker to judge. */
function unlessForgotten(error: unknown): undefined {
  if (!(error instanceof StewardError) || error.code !== 'not-found') throw error;
}

function isRefused(error: unknown): boolean {
  return /ECONNREFUSED|ENOENT|"code":"(stopping|store-unavailable)"/.test(String(error));
}
