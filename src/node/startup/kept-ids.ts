// As which message each startup message was given last, over the lives of the node.
//
// 1. What is kept is on the disk when `keep` comes back.
import { readFileSync } from 'node:fs';
import type { MessageId } from '../../model/message.ts';
import { writeConfigFile } from '../config/write-config-file.ts';

interface Kept {
  readonly id: MessageId;
  /** Of its file. */
  readonly sum: string;
}

export class KeptIds {
  readonly #path: string;
  readonly #kept: Map<string, Kept>;

  constructor(path: string) {
    this.#path = path;
    this.#kept = read(path);
  }

  get(name: string): Kept | undefined {
    return this.#kept.get(name);
  }

  keep(name: string, kept: Kept): void {
    this.#kept.set(name, kept);
    writeConfigFile(this.#path, `${JSON.stringify([...this.#kept])}\n`);
  }

  /** Those of which no name is there any more, in memory; the disk follows with the next that is kept. */
  take(isThere: (name: string) => boolean): readonly MessageId[] {
    const gone = [...this.#kept].filter(([name]) => !isThere(name));
    for (const [name] of gone) this.#kept.delete(name);
    return gone.map(([, { id }]) => id);
  }
}

/** What cannot be read says nothing. */
function read(path: string): Map<string, Kept> {
  try {
    return new Map(JSON.parse(readFileSync(path, 'utf8')) as [string, Kept][]);
  } catch {
    return new Map();
  }
}
