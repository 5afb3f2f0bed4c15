// steward node: runs a node in the foreground until it is told to stop.
import { setFlagsFromString } from 'node:v8';
import { runNode } from '../../node/start-node.ts';
import { createTerminalLog } from '../terminal-log.ts';
import { withoutOwnTunables } from '../own-tunables.ts';
import type { Shell } from '../terminal.ts';
import { version } from '../version.ts';
import { asksForHelp, optionsHelp, readConfig } from './read-config.ts';

const help = `Usage: steward node [options]

Runs a node in the foreground. Its files lie under the current folder: etc/config.toml (written at the first start; flags
win over it and are written back), tmp (the sockets), data (what messages write) and store.

Options (--node-name, --nodeName and -nodeName are the same):
${optionsHelp()}
Example:
  $ steward node --node-name ship1 --broker-address nats://127.0.0.1:4222 --central-node-name central

SIGTERM and Ctrl-C: nothing new is started, what runs has the time of --drain to end, then it is killed.

Exit status: 0 stopped by a signal, 2 wrong use or configuration, 3 a node runs here already, 4 the store cannot be opened.
`;

/** V8 grows its heap in peace until then: to look after every step would make the start a tenth slower. */
const startMs = 1_000;

/**
 * A node's heap is mostly what passes through. Left to itself V8 lets it double before it looks; this takes a quarter off what
 * a node holds under load, at no cost that could be measured.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=20');
}

export async function runNodeCommand(words: readonly string[], { terminal }: Shell): Promise<void> {
  if (asksForHelp(words)) return terminal.out.write(help);
  setTimeout(keepHeapSmall, startMs).unref();
  const { loaded } = readConfig({ command: 'node', words, alsoKnown: [] }, terminal);
  const { config } = loaded;
  const log = createTerminalLog({ terminal, level: config.logLevel, format: config.logFormat });
  for (const warning of loaded.warnings) log.warn(warning);
  const stop = new AbortController();
  const stopListening = terminal.onInterrupt(() => stop.abort());
  try {
    await runNode({
      config,
      saveConfig: loaded.save,
      log,
      version,
      env: withoutOwnTunables(terminal.env),
      workFolder: terminal.cwd,
      console: { stdout: (bytes) => terminal.out.write(bytes), stderr: (bytes) => terminal.err.write(bytes) },
      signal: stop.signal,
    });
  } finally {
    stopListening();
  }
}
