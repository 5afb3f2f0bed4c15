// steward cp: copies of files, each watched until it has ended.
import { systemTimers } from '../../base/clock.ts';
import { wentWell } from '../../contract/message-view.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { copyMessages } from './copy-messages.ts';
import { followOutput, type StreamName } from './follow-output.ts';
import { openClient } from './open-client.ts';
import { printSubmitted, warnOfUnheard } from './print-submitted.ts';
import { CopyWatch } from './watch-copies.ts';

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
  const watch = new CopyWatch(
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

function optional<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}
