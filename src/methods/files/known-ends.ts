// Where the files end that this node appended to last, as it left them: enough to choose the next place without a look.
//
// 1. What it says is a guess: somebody else may have changed the file. Whoever writes by it looks first (write-at.ts).
// 2. Bound: so many files, the one longest unused gives way.
import type { Segments } from './target-path.ts';
import type { Target } from './resolve-target.ts';

const maxFiles = 256;

interface KnownEnd {
  readonly target: Target;
  readonly end: number;
}

export class KnownEnds {
  readonly #files = new Map<string, KnownEnd>();

  of(segments: Segments): KnownEnd | undefined {
    return this.#files.get(segments.join('/'));
  }

  note(segments: Segments, known: KnownEnd): void {
    const name = segments.join('/');
    this.#files.delete(name);
    this.#files.set(name, known);
    const oldest = this.#files.keys().next();
    if (this.#files.size > maxFiles && oldest.done !== true) this.#files.delete(oldest.value);
  }

  forget(segments: Segments): void {
    this.#files.delete(segments.join('/'));
  }
}
