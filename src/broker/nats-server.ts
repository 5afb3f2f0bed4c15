// Runs nats-server as a child process, on 127.0.0.1.
//
// From: start-broker.ts. To: the child, and the small shell that guards it.
//
// 1. It lives no longer than this process, however this process ends: the guard holds a pipe of ours, and when that closes
//    the guard ends nats-server.
// 2. It has a process group of its own, so that the terminal's Ctrl-C reaches us alone, and close() ends the group whole.
// 3. `closed` settles once: fulfilled after close(), rejected with what is known when nats-server ended on its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { systemTimers, type Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { StewardError } from '../model/error.ts';
import { loopback } from './address.ts';
import { portError, portTaken } from './port-error.ts';

export interface NatsServerOptions {
  readonly executable: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  readonly timers?: Timers;
}

export interface NatsServer {
  readonly port: number;
  /** Rejected with a StewardError when nats-server ends without close(). */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const readyWithinMs = 15_000;
const endsWithinMs = 5_000;

/** $0 is nats-server. The subshell reads from our pipe, on which nothing is ever written. */
const guard = `
exec 3<&0
"$0" "$@" 3<&- & server=$!
( read -r _ <&3; kill -TERM "$server" ) & watcher=$!
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
exit "$status"`;

/** Answers when it takes connections. Throws a StewardError that says what to do when it does not come to that. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { executable, log, timers = systemTimers } = options;
  const port = await claimPort(options.port);
  const child = spawn('/bin/sh', ['-c', guard, executable, '-a', loopback, '-p', String(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let closing = false;
  let lastError = '';
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(new StewardError('internal', `cannot start ${executable}`, { cause: error })));
    child.on('close', (code, signal) => {
      if (closing) resolve();
      else reject(endedAlone({ executable, port, how: signal ?? `exit code ${code}`, lastError }));
    });
  });
  // Whoever holds `closed` hears of it; this only keeps a rejection that nobody waits for yet from ending the process.
  ended.catch(() => undefined);

  const close = async (): Promise<void> => {
    closing = true;
    child.stdin?.destroy();
    const cancel = timers.after(endsWithinMs, () => killGroup(child));
    await ended.finally(cancel).catch(() => undefined); // It is gone, which is all that was asked.
  };

  const ready = new Promise<void>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      const { level, text } = readLogLine(line);
      if (level === 'ERR' || level === 'FTL') lastError = text;
      if (level === 'INF' || level === 'DBG') log.debug(`nats-server: ${text}`);
      else log.warn(`nats-server: ${text}`);
      if (text === 'Server is ready') resolve();
    });
  });
  const late = within(readyWithinMs, timers);
  try {
    await Promise.race([ready, ended, late.expired]);
  } catch (error) {
    await close();
    throw error;
  } finally {
    late.cancel();
  }
  return { port, closed: ended, close };
}

/** Asks for the port before nats-server does: its own complaint comes late, and 0 means something else to it. */
async function claimPort(port: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portError(port, error)));
    server.listen({ host: loopback, port }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** nats-server's form: `[pid] date time [LEVEL] text`. */
function readLogLine(line: string): { readonly level: string; readonly text: string } {
  const [, level = '', text = line] = /\[([A-Z]{3})\] (.*)$/.exec(line) ?? [];
  return { level, text };
}

interface End {
  readonly executable: string;
  readonly port: number;
  readonly how: string;
  readonly lastError: string;
}

function endedAlone({ executable, port, how, lastError }: End): StewardError {
  if (lastError.includes('address already in use')) return portTaken(port);
  const said = lastError === '' ? '' : `: ${lastError}`;
  return new StewardError('broker-unreachable', `${executable} ended on its own (${how})${said}`, {
    hint: 'start it again; without nats-server on the PATH the built-in broker is used',
  });
}

function within(boundMs: number, timers: Timers): { readonly expired: Promise<never>; cancel(): void } {
  let cancel = (): void => undefined;
  const expired = new Promise<never>((_, reject) => {
    cancel = timers.after(boundMs, () =>
      reject(new StewardError('broker-unreachable', `nats-server was not ready within ${boundMs / 1000} s`)),
    );
  });
  return { expired, cancel };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended in this moment.
  }
}
