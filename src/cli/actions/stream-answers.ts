// steward run --stream: what each node writes, as it comes; of several nodes line by line, each with the name of its node.
import { systemTimers } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { MessageView } from '../../contract/message-view.ts';
import type { Output, Terminal } from '../terminal.ts';
import { createProgress } from '../text/progress.ts';
import { printableOutput } from '../text/printable.ts';
import type { CopiesOnTheWay } from './copies-on-the-way.ts';
import { followOutput, type StreamName } from './follow-output.ts';

/** The messages as they ended, in the order of their ids; undefined where Ctrl-C came first. */
export async function streamAnswers(
  client: Client,
  ids: readonly string[],
  { terminal, copies }: { readonly terminal: Terminal; readonly copies?: CopiesOnTheWay | undefined },
): Promise<readonly MessageView[] | undefined> {
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  const { signal } = interrupted;
  const progress = createProgress(terminal.err);
  const waiting = new Map<string, string>();
  const onLook = async ({ id, to, state, waiting: why }: MessageView): Promise<void> => {
    if (state === 'queued') waiting.set(id, copies?.textOf(id) ?? (why === undefined ? to : `${to}, ${why}`));
    else waiting.delete(id);
    await (waiting.size === 0 ? progress.clear() : progress.show(() => waitingText(waiting)));
  };
  try {
    const views = await Promise.all(
      ids.map(async (id) => {
        const writers = writersFor(ids.length > 1 ? (await client.message(id)).to : undefined, terminal);
        const onPiece = async (stream: StreamName, bytes: Uint8Array): Promise<void> => {
          await progress.clear();
          await writers[stream].write(bytes);
          if (terminal.out.readerGone()) interrupted.abort();
        };
        const view = await followOutput(client, {
          id,
          from: 0,
          untilEnd: true,
          signal,
          timers: systemTimers,
          onPiece,
          onLook,
        });
        waiting.delete(id);
        for (const writer of Object.values(writers)) await writer.end();
        return view;
      }),
    );
    const ended = views.filter((view) => view !== undefined);
    return ended.length === ids.length ? ended : undefined;
  } finally {
    // One that failed ends the others.
    interrupted.abort();
    stopListening();
    await progress.clear();
  }
}

const namedAtMost = 3;

function waitingText(waiting: ReadonlyMap<string, string>): string {
  const named = [...waiting.values()].slice(0, namedAtMost).join('; ');
  return `waiting for ${named}${waiting.size > namedAtMost ? '; …' : ''}`;
}

interface Writer {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function writersFor(name: string | undefined, { out, err }: Terminal): Readonly<Record<StreamName, Writer>> {
  const writer = (output: Output): Writer => (name === undefined ? plainWriter(output) : lineWriter(output, name));
  return { stdout: writer(out), stderr: writer(err) };
}

function plainWriter(output: Output): Writer {
  return { write: (bytes) => output.write(shown(bytes, output)), end: () => Promise.resolve() };
}

/** A line that becomes longer than this is cut into several. */
const longestLine = 64 * 1024;

function lineWriter(output: Output, name: string): Writer {
  let rest = Buffer.alloc(0);
  const print = (lines: Buffer): Promise<void> => {
    const named = lines.toString('latin1').replace(/(?<=^|\n)(?=[^])/g, `${name}: `);
    return output.write(shown(Buffer.from(named, 'latin1'), output));
  };
  return {
    async write(bytes) {
      rest = Buffer.concat([rest, bytes]);
      const end = rest.lastIndexOf(10) + 1;
      if (end > 0) await print(rest.subarray(0, end));
      rest = rest.subarray(end);
      if (rest.length > longestLine) await this.end();
    },
    async end() {
      if (rest.length > 0) await print(Buffer.concat([rest, Buffer.from('\n')]));
      rest = Buffer.alloc(0);
    },
  };
}

function shown(bytes: Uint8Array, output: Output): Uint8Array | string {
  return output.isTerminal ? printableOutput(bytes) : bytes;
}
