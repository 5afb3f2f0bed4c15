// The store as a process of its own: started, asked, kept from writing, killed.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoreOp, StoreQuery } from '../../src/model/store-op.ts';
import { buildProgram } from './build-program.ts';
import type { StoreLine, StoreRequest } from './store-program.ts';
import { waitFor } from './wait-for.ts';

const root = process.env['STEWARD_TEST_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
/** Compiled, as the node runs it. */
const checkpointThread = join(root, 'dist', 'checkpoint-thread.mjs');

type Answer = Extract<StoreLine, { token: number }>;
type Event = Extract<StoreLine, { event: string }>;
type Request = StoreRequest extends infer R ? (R extends StoreRequest ? Omit<R, 'token'> : never) : never;

export class StoreProcess {
  readonly child: ChildProcess;
  readonly events: Event[] = [];
  /** In the order in which they came. */
  readonly answers: Answer[] = [];
  readonly ended: Promise<unknown>;
  #nextToken = 1;

  constructor(program: string, path: string) {
    const child = spawn(process.execPath, [program, path, checkpointThread], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // The program lies in a folder of its own, and takes the native driver from here.
      env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
    });
    this.child = child;
    this.ended = once(child, 'close');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      const lines = (text + more).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const read = JSON.parse(line) as StoreLine;
        if ('event' in read) this.events.push(read);
        else this.answers.push(read);
      }
    });
    // A process that was killed takes no more requests: its end is what the test looks at.
    child.stdin.on('error', () => undefined);
  }

  /** Answers the token. */
  send(request: Request): number {
    const token = this.#nextToken;
    this.#nextToken += 1;
    this.child.stdin?.write(`${JSON.stringify({ ...request, token })}\n`);
    return token;
  }

  answerTo(token: number): Promise<Answer> {
    return waitFor(`answer ${token}`, () => this.answers.find((answer) => answer.token === token), {
      seen: () => this.events,
    });
  }

  commit(ops: readonly StoreOp[], refusable = false): Promise<Answer> {
    return this.answerTo(this.send({ commit: ops, refusable }));
  }

  async query(query: StoreQuery): Promise<unknown> {
    return (await this.answerTo(this.send({ query }))).result;
  }

  event<E extends Event['event']>(event: E): Promise<Extract<Event, { event: E }>> {
    const isIt = (one: Event): one is Extract<Event, { event: E }> => one.event === event;
    return waitFor(`the store to say ${event}`, () => this.events.find(isIt), { seen: () => this.events });
  }

  /** From now on it cannot write to any file behind its first bytes, as on a full disk. */
  fillDisk(): void {
    execFileSync('prlimit', ['--pid', String(this.child.pid), '--fsize=512:unlimited']);
  }

  freeDisk(): void {
    execFileSync('prlimit', ['--pid', String(this.child.pid), '--fsize=unlimited:unlimited']);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async close(): Promise<void> {
    this.send({ close: true });
    await this.ended;
  }
}

/** A folder with stores in it, and the program that opens them. */
export class StoreFolder {
  readonly folder: string;
  readonly #program: string;
  readonly #processes: StoreProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.#program = join(folder, 'store-program.mjs');
  }

  static async make(): Promise<StoreFolder> {
    const made = new StoreFolder(await mkdtemp(join(tmpdir(), 'steward-store-')));
    await buildProgram(new URL('store-program.ts', import.meta.url), { outfile: made.#program });
    return made;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Started, and perhaps not open yet. */
  launch(name = 'steward.db'): StoreProcess {
    const started = new StoreProcess(this.#program, this.path(name));
    this.#processes.push(started);
    return started;
  }

  async open(name?: string): Promise<StoreProcess> {
    const store = this.launch(name);
    await store.event('opened');
    return store;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#processes.map((store) => store.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
