// steward cp: copies of files, each watched until it has ended.
import { systemTimers } from '../../base/clock.ts';
import { decode } from '../../base/decode.ts';
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { stateText } from '../text/message-text.ts';
import { printableJson, printable } from '../text/printable.ts';
import { createProgress } from '../text/progress.ts';
import { lineSchema, progressText, type Line } from '../text/copy-progress.ts';
import { copyMessages } from './copy-messages.ts';
import { followOutput, type StreamName } from './follow-output.ts';
import { openClient } from './open-client.ts';
import { printSubmitted, warnOfUnheard } from './print-submitted.ts';

export interface CopyOptions extends SocketOption {
  readonly wait: boolean;
  readonly json?: true;
  readonly via?: string;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly expires?: number;
  readonly mode?: string;
}

export async function copyFiles(paths: readonly string[], options: CopyOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const { node } = await client.info();
  const { via, timeout, expires, mode } = options;
  const messages = copyMessages({ paths, node, cwd: terminal.cwd, ...optional({ via, timeout, expires, mode }) });
  const submission = await client.submit(Buffer.from(JSON.stringify(messages)));
  if (!options.wait) return printSubmitted(submission, { terminal, json: options.json === true });
  await warnOfUnheard(submission, terminal);
  const { ids } = submission;
  const watch = new Watch(
    messages.map(({ methodArgs }) => methodArgs[1] ?? ''),
    terminal,
    options.json === true,
  );
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  const { signal } = interrupted;
  try {
    const views = await Promise.all(
      ids.map(async (id, index) => {
        const onPiece = (stream: StreamName, bytes: Uint8Array): Promise<void> =>
          watch.take({ id, index, stream, text: Buffer.from(bytes).toString() });
        const view = await followOutput(client, { id, from: 0, untilEnd: true, signal, timers: systemTimers, onPiece });
        if (view !== undefined) await watch.end(view, index);
        return view;
      }),
    );
    await watch.close();
    if (views.includes(undefined)) {
      const open = ids.filter((_id, index) => views[index] === undefined);
      await terminal.err.write(
        `detached; the copy goes on, look with: steward output --follow ${open[0] ?? ''}; end it with: steward cancel ${open.join(' ')}\n`,
      );
      return exitWith(exitStatus.interrupted);
    }
    exitWith(views.every((view) => view !== undefined && wentWell(view)) ? exitStatus.ok : exitStatus.failed);
  } finally {
    interrupted.abort();
    stopListening();
  }
}

class Watch {
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

function optional<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}
