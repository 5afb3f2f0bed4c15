// How far the copies are that bring commands their input, for the line that says what is waited for; and why one of them failed.
import { systemTimers } from '../../base/clock.ts';
import { decode } from '../../base/decode.ts';
import type { Client } from '../../client/client.ts';
import { wentWell } from '../../contract/message-view.ts';
import type { Terminal } from '../terminal.ts';
import { lineSchema, progressText } from './watch-copies.ts';
import { stateText } from '../text/message-text.ts';
import { printable } from '../text/printable.ts';
import { followOutput } from './follow-output.ts';
import type { SentCommand } from './send-with-input.ts';

/** The line has room for so many. */
const mostWatched = 3;

export class CopiesOnTheWay {
  /** Called when there is more to tell. */
  onMore: () => void = () => undefined;
  readonly #client: Client;
  readonly #terminal: Terminal;
  readonly #copies: ReadonlyMap<string, string>;
  /** By the id of the command. */
  readonly #texts = new Map<string, string>();
  readonly #ending = new AbortController();

  constructor(client: Client, sent: readonly SentCommand[], terminal: Terminal) {
    this.#client = client;
    this.#terminal = terminal;
    this.#copies = new Map(sent.flatMap(({ id, copy }) => (copy === undefined ? [] : [[id, copy] as const])));
    // Without a terminal nobody looks at it.
    if (terminal.err.isTerminal)
      for (const { id, to, copy } of sent.slice(0, mostWatched))
        if (copy !== undefined) void this.#watch(id, { to, copy });
  }

  /** Undefined where nothing is copied for it, or not yet, or no longer. */
  textOf(command: string): string | undefined {
    return this.#texts.get(command);
  }

  /** Of a command that did not run: what became of its copy. */
  async tellFailure(command: string): Promise<void> {
    const copy = this.#copies.get(command);
    const view = copy === undefined ? undefined : await this.#client.message(copy);
    if (view !== undefined && !wentWell(view))
      await this.#terminal.err.write(`its standard input was not copied, ${view.id}: ${printable(stateText(view))}\n`);
  }

  close(): void {
    this.#ending.abort();
  }

  async #watch(command: string, { to, copy }: { readonly to: string; readonly copy: string }): Promise<void> {
    let rest = '';
    const { signal } = this.#ending;
    const onPiece = (_stream: string, bytes: Uint8Array): Promise<void> => {
      const lines = `${rest}${Buffer.from(bytes).toString()}`.split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const line = decode(lineSchema, text);
        if (line !== undefined) this.#texts.set(command, progressText(`copying to ${to}`, line));
      }
      this.onMore();
      return Promise.resolve();
    };
    // The command itself tells how this ended.
    await followOutput(this.#client, {
      id: copy,
      from: 0,
      untilEnd: true,
      signal,
      timers: systemTimers,
      onPiece,
    }).catch(() => undefined);
    this.#texts.delete(command);
    this.onMore();
  }
}
