// steward log: the log of all messages, line by line.
import { parseSpan } from '../../base/span.ts';
import { StewardError } from '../../model/error.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { logLineText } from '../text/log-line-text.ts';
import { printableJson } from '../text/printable.ts';
import { openClient } from './open-client.ts';

export interface LogOptions extends SocketOption {
  readonly since?: string;
  readonly node?: string;
  readonly id?: string;
  readonly follow?: true;
  readonly json?: true;
}

export async function showLog(options: LogOptions, { shell, now }: { shell: Shell; now: number }): Promise<void> {
  const { terminal } = shell;
  const { node, id, follow = false } = options;
  const since = options.since === undefined ? undefined : readSince(options.since, now);
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  const question = {
    ...(since === undefined ? {} : { since }),
    ...(node === undefined ? {} : { node }),
    ...(id === undefined ? {} : { id }),
    follow,
  };
  try {
    for await (const line of openClient(options, terminal).log(question, interrupted.signal)) {
      await terminal.out.write(options.json ? `${printableJson(line)}\n` : `${logLineText(line)}\n`);
      // As by "| head": the rest of a long log need not be read.
      if (terminal.out.readerGone()) break;
    }
  } finally {
    stopListening();
  }
  if (interrupted.signal.aborted) shell.exitWith(exitStatus.interrupted);
}

/** A span back from now, or a time: of this machine's zone, unless it names one. */
function readSince(text: string, now: number): number {
  const span = parseSpan(text);
  if (span !== undefined && span >= 0) return Math.max(0, Math.floor(now - span));
  const time = Date.parse(text);
  if (/^\d{4}-/.test(text) && Number.isFinite(time) && time >= 0) return time;
  throw new StewardError('invalid-usage', `--since cannot be "${text.slice(0, 40)}"`, {
    hint: 'a span such as "2h", or a time such as "2026-11-22 13:04"',
  });
}
