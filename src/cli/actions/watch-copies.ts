// What copies tell of themselves, for whoever watches them: how far they are on one line, then what was copied and what was not.
//
// From: copy-files.ts and print-output.ts, with the output of `copySrc` as it comes. To: the terminal.
import * as v from 'valibot';
import { decode } from '../../base/decode.ts';
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import type { Terminal } from '../terminal.ts';
import { bytesText } from '../text/bytes.ts';
import { stateText } from '../text/message-text.ts';
import { printable, printableJson } from '../text/printable.ts';
import { createProgress } from '../text/progress.ts';
import { formatSpan } from '../text/time.ts';
import type { StreamName } from './follow-output.ts';

/** As `copySrc` writes it (methods/copy/progress.ts). */
const lineSchema = v.object({
  files: v.tuple([v.number(), v.number()]),
  bytes: v.tuple([v.number(), v.number()]),
  rate: v.number(),
  left: v.optional(v.number()),
  silent: v.optional(v.number()),
});
type Line = v.InferOutput<typeof lineSchema>;

export class CopyWatch {
  private readonly targets: readonly string[];
  private readonly terminal: Terminal;
  private readonly json: boolean;
  private readonly progress;
  private readonly lines = new Map<number, Line>();
  /** Lines that have not come to their end. */
  private readonly rests = new Map<string, string>();

  constructor(targets: readonly string[], terminal: Terminal, json: boolean) {
    this.targets = targets;
    this.terminal = terminal;
    this.json = json;
    this.progress = createProgress(terminal.err);
  }

  async take(of: { id: string; index: number; stream: StreamName; text: string }): Promise<void> {
    const { id, index, stream } = of;
    const key = `${id} ${stream}`;
    const lines = `${this.rests.get(key) ?? ''}${of.text}`.split('\n');
    this.rests.set(key, lines.pop() ?? '');
    for (const text of lines) {
      const line = stream === 'stdout' ? decode(lineSchema, text) : undefined;
      if (line === undefined) await this.say(stream, text, id);
      else if (this.json) await this.terminal.out.write(`${JSON.stringify({ id, ...line })}\n`);
      else this.lines.set(index, line);
    }
    await this.show();
  }

  async end(view: MessageView, index: number): Promise<void> {
    this.lines.delete(index);
    if (this.json)
      await this.terminal.out.write(
        `${printableJson({ id: view.id, state: view.state, reason: view.reason ?? view.outcome?.reason })}\n`,
      );
    else if (!wentWell(view)) {
      await this.progress.clear();
      await this.terminal.err.write(`${view.to} to ${this.targets[index] ?? ''}: ${printable(stateText(view))}\n`);
    }
    await this.show();
  }

  close(): Promise<void> {
    return this.progress.clear();
  }

  /** How far a copy has come that has not ended; undefined where it has told nothing yet. */
  soFar(index: number): string | undefined {
    const line = this.lines.get(index);
    return line === undefined ? undefined : progressText(this.targets[index] ?? '', line);
  }

  private async say(stream: StreamName, text: string, id: string): Promise<void> {
    if (this.json) return this.terminal.out.write(`${printableJson({ id, [stream]: text })}\n`);
    await this.progress.clear();
    await (stream === 'stdout' ? this.terminal.out : this.terminal.err).write(`${printable(text)}\n`);
  }

  private show(): Promise<void> {
    if (this.json) return Promise.resolve();
    return this.progress.show(() =>
      [...this.lines].map(([index, line]) => progressText(this.targets[index] ?? '', line)).join(' · '),
    );
  }
}

function progressText(to: string, { files, bytes, rate, left, silent }: Line): string {
  const count = files[1] > 1 ? `${files[0]} of ${files[1]} files, ` : '';
  const amount = `${bytesText(bytes[0])} of ${bytesText(bytes[1])}`;
  if (silent !== undefined) return `${to}: ${count}${amount}, no answer for ${silent} s: it goes on when there is one`;
  const rest = left === undefined ? '' : `, ${formatSpan(left * 1000)} left`;
  return `${to}: ${count}${amount}, ${bytesText(rate)}/s${rest}`;
}
