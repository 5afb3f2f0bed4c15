// What other nodes have told of their own methods, for intake.
//
// Boundary. From: service.ts, the notices of the flow. To: intake, which checks arguments by it.
// 1. It is what a node answered last to `opMethods` of this node. It may be old: the node itself decides again.
// 2. Bounds: the last `maxNodes` nodes that told something, and answers of `maxBytes`.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Notice } from '../../flow/effect.ts';
import type { Log } from '../../base/log.ts';
import { describeError } from '../../model/error.ts';
import type { MessageId } from '../../model/message.ts';
import { isFinal } from '../../model/state.ts';
import type { NodeName } from '../../model/node-name.ts';
import type { OwnMethod } from '../../model/own-method.ts';
import { methodListSchema } from '../../contract/method-list.ts';
import { writeConfigFile } from '../config/write-config-file.ts';

const maxNodes = 1_000;
const maxBytes = 256 * 1024;
const maxAsked = 1_000;

export interface ToldMethodsParts {
  readonly path: string;
  readonly outputOf: (id: MessageId) => Promise<{ readonly stdout: Uint8Array } | undefined>;
  readonly warn: Log['warn'];
}

export class ToldMethods {
  readonly #parts: ToldMethodsParts;
  readonly #told: Map<NodeName, readonly OwnMethod[]>;
  readonly #asked = new Set<MessageId>();

  constructor(parts: ToldMethodsParts) {
    this.#parts = parts;
    this.#told = read(parts.path);
  }

  readonly of = (node: NodeName): readonly OwnMethod[] => this.#told.get(node) ?? [];

  /** To be called with every notice. */
  note(notice: Notice): void {
    if (notice.type !== 'state') return;
    const { id, to, state, intake } = notice;
    if (intake?.message.method === 'opMethods' && this.#asked.size < maxAsked) this.#asked.add(id);
    if (!isFinal(state) || !this.#asked.delete(id) || state !== 'succeeded') return;
    this.#hear(id, to).catch((error: unknown) =>
      this.#parts.warn('what a node told of its methods could not be kept', { node: to, reason: describeError(error) }),
    );
  }

  async #hear(id: MessageId, node: NodeName): Promise<void> {
    const found = await this.#parts.outputOf(id);
    if (found === undefined || found.stdout.length > maxBytes) return;
    const text = JSON.parse(Buffer.from(found.stdout).toString()) as unknown;
    const list = v.safeParse(methodListSchema, text);
    // The answer to a try is no list.
    if (!list.success) return;
    this.#told.delete(node);
    this.#told.set(node, list.output.own);
    const [oldest] = this.#told.keys();
    if (this.#told.size > maxNodes && oldest !== undefined) this.#told.delete(oldest);
    writeConfigFile(this.#parts.path, `${JSON.stringify([...this.#told])}\n`);
  }
}

/** What cannot be read was not told. */
function read(path: string): Map<NodeName, readonly OwnMethod[]> {
  try {
    const rows = JSON.parse(readFileSync(path, 'utf8')) as readonly [NodeName, unknown][];
    return new Map(
      rows.flatMap(([node, own]) => {
        const list = v.safeParse(methodListSchema, { builtIn: [], own });
        return list.success ? [[node, list.output.own] as const] : [];
      }),
    );
  } catch {
    return new Map();
  }
}
