// A node's methods in a folder of their own, given messages as the flow gives them, and looked at afterwards.
//
// Job: runs what a batch of messages asks for, each in its lane, and says what of it is not as it has to be. From: campaign-any-arguments.test.ts.
// 1. Every promise is waited for within `boundMs` of real time; time of the methods goes much faster.
// 2. What lies beside the data folder is compared as a whole: names, kinds, bytes and times of change.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { createMethods, type Methods } from '../../src/methods/create-methods.ts';
import { RunStop, type FileMark, type RunRequest } from '../../src/methods/run.ts';
import { StewardError } from '../../src/model/error.ts';
import { replacesFile, type Message } from '../../src/model/message.ts';
import { answerQueue } from '../../src/node/answer-queue.ts';
import { unpackHead } from '../../src/wire/message-head.ts';
import type { AnyMessage } from './any-message.ts';
import { checkResult } from './check-result.ts';
import { drawnParts, type DrawnParts } from './drawn-processes.ts';
import { below, damagedJson, pick } from './hostile-frames.ts';
import { lookAtTree } from './look-at-tree.ts';
import { quickTime } from './quick-time.ts';

const boundMs = 15_000;
/** Rounds of events after the last result, in which what it took is let go: too few for a timer that was forgotten to run out. */
const lastRounds = 20;

interface Job {
  readonly random: Random;
  readonly requests: readonly RunRequest[];
}

export class AnyWorld {
  /** Messages that were run, and heads that were refused before. */
  readonly seen = { run: 0, refused: 0 };
  readonly #base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-any-')));
  readonly #data = join(this.#base, 'data');
  readonly #time = quickTime();
  readonly #methods: Methods;
  readonly #parts: DrawnParts;
  readonly #beside: string;
  #socket: Server | undefined;

  constructor(random: Random) {
    const time = { clock: systemClock, timers: this.#time };
    this.#parts = drawnParts(random, time);
    const write = (): Promise<void> =>
      pick(random, [() => Promise.resolve(), () => Promise.reject(new Error('EPIPE'))])();
    this.#methods = createMethods({
      nodeName: 'central',
      configFolder: '/nowhere',
      groups: [],
      version: '0.0.0',
      dataFolder: this.#data,
      storeFolder: this.#base,
      workFolder: join(this.#base, 'work'),
      env: {},
      ...time,
      stdout: write,
      stderr: write,
      pid: process.pid,
      outputLimit: 64 * 1024,
      errorLogBytes: 10_000,
      askOther: async () => {
        await new Promise((resolve) => void setImmediate(resolve));
        return pick(random, [
          () =>
            ({ state: 'succeeded', reason: undefined, stdout: Buffer.from('{"root":"/x","standings":[0]}') }) as const,
          () => ({ state: 'failed', reason: 'no', stdout: Buffer.from('{"have":0}') }) as const,
          () => ({ state: 'unknown', reason: undefined, stdout: Buffer.from('') }) as const,
        ])();
      },
      askNode: ({ message }) =>
        answerQueue(message, {
          queue: () => Promise.reject(new StewardError('invalid-usage', 'no such lane')),
          cancel: (wish) => Promise.resolve(wish),
          wall: () => systemClock.wall(),
        }),
      parts: this.#parts,
    });
    mkdirSync(join(this.#base, 'work', 'folder'), { recursive: true });
    mkdirSync(join(this.#base, 'beside', 'ship1'), { recursive: true });
    for (const name of ['work/log', 'work/log.1', 'beside/ship1/one', 'beside/one'])
      writeFileSync(join(this.#base, name), `${name}\n`.repeat(100));
    writeFileSync(join(this.#base, 'work/empty'), '');
    execFileSync('mkfifo', [join(this.#base, 'work/fifo')]);
    this.#beside = this.#lookBeside();
  }

  /** The data folder as new, with ways out of it, and what is no file. */
  async furnish(): Promise<void> {
    await this.#closeSocket();
    rmSync(this.#data, { recursive: true, force: true });
    mkdirSync(join(this.#data, 'special', 'ship1', 'folder'), { recursive: true });
    const special = join(this.#data, 'special', 'ship1');
    symlinkSync(join(this.#base, 'beside'), join(this.#data, 'out'));
    symlinkSync('loop', join(this.#data, 'loop'));
    symlinkSync(join(this.#base, 'nowhere'), join(this.#data, 'dangling'));
    symlinkSync('special', join(this.#data, 'inside'));
    symlinkSync(join(this.#base, 'beside', 'one'), join(special, 'outward'));
    execFileSync('mkfifo', [join(special, 'fifo')]);
    const socket = createServer((client) => client.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => socket.listen(join(special, 'socket'), resolve));
    this.#socket = socket;
  }

  /** Runs a batch to its end. Rejects with what is wrong. */
  async play(messages: readonly AnyMessage[], random: Random): Promise<void> {
    const lanes = new Map<string, RunRequest[]>();
    for (const { head, place, body } of messages) {
      const text = below(random, 4) === 0 ? JSON.stringify(damagedJson(JSON.parse(head), random)) : head;
      const message = this.#unpack(text, place);
      if (message === undefined) continue;
      const lane = lanes.get(`${place.from} ${place.lane}`) ?? [];
      lanes.set(`${place.from} ${place.lane}`, lane);
      lane.push({ key: `${message.from}/${message.id}`, message, body });
    }
    const works = [...lanes.values()].map(async (requests) => {
      for (let left = requests; left.length > 0;) {
        const job = this.#takeJob(left);
        left = left.slice(job.length);
        await this.#run({ random, requests: job });
      }
    });
    await Promise.all(works);
    for (let round = 0; this.#leftOpen() !== undefined && round < lastRounds; round += 1)
      await new Promise((resolve) => void setImmediate(resolve));
    const left = this.#leftOpen();
    if (left !== undefined) throw new Error(`left open: ${left}`);
  }

  #leftOpen(): string | undefined {
    const left = { timers: this.#time.size(), bodies: this.#parts.openBodies(), commands: this.#parts.running() };
    return left.timers + left.bodies + left.commands > 0 ? JSON.stringify(left) : undefined;
  }

  /** Throws where anything but the data folder has changed. */
  checkBeside(): void {
    const now = this.#lookBeside();
    if (now !== this.#beside) throw new Error(`changed beside the data folder: ${now}, which was ${this.#beside}`);
  }

  async close(): Promise<void> {
    await this.#methods.close();
    await this.#closeSocket();
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** What the frame's reader refuses never comes to a method; nor does what asks for more than this version knows (job-runner.ts). */
  #unpack(text: string, place: AnyMessage['place']): Message | undefined {
    try {
      const message = unpackHead(JSON.parse(text), place);
      if (message.beyond === undefined) return message;
    } catch (error) {
      if (!(error instanceof StewardError) || error.code !== 'invalid-frame') throw error;
    }
    this.seen.refused += 1;
    return undefined;
  }

  /** As the flow does (next-job.ts). */
  #takeJob(requests: readonly RunRequest[]): readonly RunRequest[] {
    const [first] = requests;
    if (first === undefined || this.#methods.kindOf(first.message.method) !== 'file') return requests.slice(0, 1);
    const end = requests.findIndex(
      ({ key, message }, index) =>
        replacesFile(message) !== replacesFile(first.message) ||
        requests.slice(0, index).some((other) => other.key === key),
    );
    return requests.slice(0, end < 0 ? requests.length : end);
  }

  /** A job from its preparation to its results, as the flow has it done (job-runner.ts). */
  async #run(job: Job): Promise<void> {
    const [first] = job.requests;
    if (first === undefined) return;
    this.seen.run += job.requests.length;
    const kind = this.#methods.kindOf(first.message.method);
    try {
      if (kind === 'inline') checkResult(first, this.#methods.runInline(first));
      else await this.#within(kind === 'file' ? this.#runFiles(job) : this.#runOne(first, job.random));
    } catch (error) {
      const told = job.requests.map(({ message, mark }) => JSON.stringify({ ...message, mark }).slice(0, 1_500));
      throw new Error(`${String(error)}\nof ${told.join('\nand ')}`, { cause: error });
    } finally {
      for (const { key } of job.requests) this.#methods.release(key);
    }
  }

  async #runFiles({ requests, random }: Job): Promise<void> {
    // From an earlier life: the mark may be of a file that has become another since.
    if (below(random, 10) === 0) {
      const mark: FileMark = { stdout: pick(random, [0, 5, 2 ** 40]), stderr: pick(random, [0, 5, 2 ** 40]) };
      const [first] = requests.map((request) => ({ ...request, mark }));
      if (first === undefined) return;
      await this.#methods.adopt([first]);
      return checkResult(first, (await this.#methods.runBatch([first]))[0]);
    }
    const prepared = await this.#methods.prepare(requests);
    if (prepared.length !== requests.length) throw new Error(`${prepared.length} answers`);
    const marked = requests.flatMap((request, index): RunRequest[] => {
      const found = prepared[index];
      if (found !== undefined && 'mark' in found) return [{ ...request, mark: found.mark }];
      checkResult(request, found?.result);
      return [];
    });
    // The node stops in this moment.
    if (below(random, 20) === 0) return;
    const results = await this.#methods.runBatch(marked);
    if (results.length !== marked.length) throw new Error(`${results.length} results`);
    marked.forEach((request, index) => checkResult(request, results[index]));
  }

  async #runOne(drawn: RunRequest, random: Random): Promise<void> {
    const isCommand = this.#methods.kindOf(drawn.message.method) === 'process';
    const request: RunRequest = {
      ...drawn,
      ...(drawn.message.endsNode === true && below(random, 2) === 0 ? { resume: true } : {}),
      ...(below(random, 8) === 0
        ? {
            followed: {
              file: pick(random, ['', 'x', '1:2:3', 'a:b:-1']),
              at: below(random, 9e9),
              last: pick(random, ['', 'AAAA', '!']),
            },
          }
        : {}),
    };
    if (isCommand) this.#methods.arm(request);
    if (below(random, 10) === 0) this.#methods.disarm(request.key);
    const stop = new AbortController();
    const end = (): void => stop.abort(new RunStop('node stopped', below(random, 2) === 0));
    if (below(random, 20) === 0) end();
    const timer = setTimeout(end, 1 + below(random, 8));
    const taken = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };
    try {
      const result = await this.#methods.run(request, {
        signal: stop.signal,
        onSpawned: () => undefined,
        onOutput: async (parts) => {
          if (below(random, 2) === 0) await new Promise((resolve) => void setImmediate(resolve));
          for (const { stdout, stderr } of parts) {
            taken.parts += 1;
            taken.stdoutBytes += stdout.length;
            taken.stderrBytes += stderr.length;
          }
          return below(random, 2) === 0 ? 'go on' : 'behind';
        },
      });
      checkResult(request, result, taken);
    } finally {
      clearTimeout(timer);
    }
  }

  async #within(work: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no end within ${boundMs} ms`)), boundMs);
    });
    await Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  #lookBeside(): string {
    return lookAtTree(this.#base, ['data']);
  }

  async #closeSocket(): Promise<void> {
    const socket = this.#socket;
    if (socket !== undefined) await new Promise((resolve) => void socket.close(resolve));
  }
}
