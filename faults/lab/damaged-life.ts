// A node on a damaged store: it runs, or it refuses as the documentation says; then it gets a new store.
//
// 1. A refusal is: exit status 4, one line that names the store and what is wrong, and a store that is left as it is.
// 2. Whatever else ends it is a mistake, and kept.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { FleetNode } from '../../test/support/fleet.ts';
import type { StewardProcess } from '../../test/support/run-steward.ts';
import { waitFor } from '../../test/support/wait-for.ts';

const refusal = /the store \S+ (is damaged|cannot be opened|was written by another version)/;
const mostLives = 4;

export class DamagedLife {
  readonly #node: FleetNode;
  #process: StewardProcess | undefined;
  #status: number | NodeJS.Signals | undefined;
  #before = '';
  refusals = 0;
  readonly mistakes: string[] = [];

  constructor(node: FleetNode) {
    this.#node = node;
  }

  get ended(): boolean {
    return this.#status !== undefined;
  }

  /** Comes back when the node is ready. A life that has ended is judged first, and its store taken away. */
  async begin(): Promise<void> {
    for (let lives = 0; lives < mostLives; lives += 1) {
      if (this.ended) this.#bury();
      this.#before = this.#digest();
      const life = this.#node.launch();
      this.#process = life;
      this.#status = undefined;
      void life.ended.then((how) => (this.#status = how));
      const isDecided = (): boolean => this.ended || this.#node.says('ready') !== undefined;
      await waitFor(`${this.#node.name} to be ready or to refuse`, isDecided, { withinMs: 20_000, seen: life.err });
      if (!this.ended) return;
    }
    throw new Error(`${this.#node.name} does not start on a new store: ${this.#process?.err()}`);
  }

  #bury(): void {
    const said = this.#process?.err() ?? '';
    const wasReady = this.#node.says('ready') !== undefined;
    const last = said.trimEnd().split('\n').at(-1) ?? '';
    if (this.#status !== 4 || !refusal.test(last))
      this.mistakes.push(`ended with ${this.#status}: ${said.slice(-600)}`);
    if (/\n\s+at /.test(said)) this.mistakes.push(`printed a stack: ${said.slice(-600)}`);
    if (!wasReady && this.#digest() !== this.#before) this.mistakes.push(`refused its store, and changed it: ${last}`);
    this.refusals += 1;
    rmSync(this.#node.path('store'), { recursive: true });
  }

  #digest(): string {
    const file = this.#node.path('store', 'steward.db');
    return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'none';
  }
}
