// What other nodes have told of their own methods, for intake.
//
// Boundary. From: service.ts, the notices of the flow. To: intake, which checks arguments by it.
// 1. It is what a node answered last to `opMethods` of this node. It may be old: the node itself decides again.
// 2. It is forgotten when the node comes with another boot, when it has refused to run an own method, and on demand.
// 3. Bounds: the last `maxNodes` nodes that told something, and answers of `maxBytes`.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Notice } from '../../flow/effect.ts';
import type { Log } from '../../base/log.ts';
import { describeError } from '../../model/error.ts';
import { laneMethod, wireLane } from '../../model/lane.ts';
import type { Store } from '../../store/open-store.ts';
import type { Flow } from '../../flow/flow.ts';
import { readOutput } from '../read-output.ts';
import type { MessageId } from '../../model/message.ts';
import { isFinal } from '../../model/state.ts';
import type { NodeName } from '../../model/node-name.ts';
import type { OwnList } from '../../model/own-method.ts';
import { methodListSchema } from '../../contract/method-list.ts';
import { writeConfigFile } from '../config/write-config-file.ts';

const maxNodes = 1_000;
const maxBytes = 256 * 1024;
const maxAsked = 1_000;

export interface ToldMethodsParts {
  readonly path: string;
  readonly node: NodeName;
  readonly store: Store;
  readonly flow: Pick<Flow, 'knownPeers'>;
  readonly warn: Log['warn'];
}

interface Told extends OwnList {
  /** Of the node, when it told. */
  readonly boot: string;
}

export class ToldMethods {
  readonly #parts: ToldMethodsParts;
  readonly #told: Map<NodeName, Told>;
  readonly #asked = new Set<MessageId>();

  constructor(parts: ToldMethodsParts) {
    this.#parts = parts;
    this.#told = read(parts.path);
    // It may have other methods in this life.
    this.#told.delete(parts.node);
  }

  /** Undefined where it has told nothing. */
  readonly of = (node: NodeName): OwnList | undefined => this.#told.get(node);

  /** To be called with every notice. */
  note(notice: Notice): void {
    if (notice.type === 'heard') {
      const told = this.#told.get(notice.from);
      if (told !== undefined && told.boot !== notice.boot) this.#try(notice.from, () => this.forget(notice.from));
      return;
    }
    if (notice.type !== 'state') return;
    const { id, to, state, intake, outcome } = notice;
    if (intake?.message.method === 'opMethods' && this.#asked.size < maxAsked) this.#asked.add(id);
    if (!isFinal(state)) return;
    if (this.#asked.delete(id) && state === 'succeeded') this.#try(to, () => this.#hear(id, to));
    // A program that ran has an exit code or a signal: the node has refused to run this one, or stopped it.
    const isRefused = state === 'failed' && outcome?.exitCode === undefined && outcome?.signal === undefined;
    if (!isRefused || !this.#told.has(to)) return;
    this.#try(to, async () => (await this.#isOwn(id)) && this.forget(to));
  }

  /** Answers whether there was something to forget. Throws what the file system throws; it is forgotten then, too, until the next start. */
  forget(node: NodeName): boolean {
    const had = this.#told.delete(node);
    if (had) this.#keep();
    return had;
  }

  #try(node: NodeName, work: () => unknown): void {
    const told = (error: unknown): void =>
      this.#parts.warn('what a node told of its methods could not be kept', { node, reason: describeError(error) });
    Promise.resolve().then(work).catch(told);
  }

  async #hear(id: MessageId, node: NodeName): Promise<void> {
    const found = await readOutput(this.#parts.store)(id);
    if (found === undefined || found.stdout.length > maxBytes) return;
    const text = JSON.parse(Buffer.from(found.stdout).toString()) as unknown;
    const list = v.safeParse(methodListSchema, text);
    // The answer to a try is no list.
    if (!list.success) return;
    this.#told.delete(node);
    const { own, more = 0 } = list.output;
    this.#told.set(node, { own, more, boot: this.#parts.flow.knownPeers().get(node)?.boot ?? '' });
    const [oldest] = this.#told.keys();
    if (this.#told.size > maxNodes && oldest !== undefined) this.#told.delete(oldest);
    this.#keep();
  }

  async #isOwn(id: MessageId): Promise<boolean> {
    const [record] = await this.#parts.store.view({ view: 'messages', ids: [id] });
    return record !== undefined && laneMethod(wireLane(record.lane)) === 'own';
  }

  #keep(): void {
    writeConfigFile(this.#parts.path, `${JSON.stringify([...this.#told])}\n`);
  }
}

/** What cannot be read was not told. */
function read(path: string): Map<NodeName, Told> {
  try {
    const rows = JSON.parse(readFileSync(path, 'utf8')) as readonly [NodeName, Told][];
    return new Map(
      rows.flatMap(([node, { own, more, boot }]) => {
        const list = v.safeParse(methodListSchema, { builtIn: [], own, more });
        return list.success ? [[node, { own: list.output.own, more, boot }] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
}
