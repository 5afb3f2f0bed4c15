// The intake on a unix socket: `nc -U tmp/steward.sock < message.json`.
// From: local clients, one message file a connection. To: `submit`, which takes the whole file or nothing of it.
//
// 1. Every client gets one line of JSON, `{"ids": […]}` or `{"error": {…}}`, and is then left.
// 2. Bounds: bytes of a submission, bytes of all that wait, connections, silence.
// 3. After close() nothing of it is left: no connection, no timer, no socket file.
import type { Submitted } from '../contract/submission.ts';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { systemTimers, type Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { maxSubmissionBytes } from '../contract/api-socket.ts';
import { StewardError } from '../model/error.ts';
import { createBudget, createIntakeBuffer } from './intake-buffer.ts';
import { busy, serveConnection, type Connection } from './intake-connection.ts';
import { listenOn } from './socket-path.ts';

export interface IntakeSocketOptions {
  readonly path: string;
  /** Resolves once every message is durable (I1), or rejects with a StewardError and has then taken nothing. */
  readonly submit: (bytes: Uint8Array) => Promise<Pick<Submitted, 'ids'> & Partial<Submitted>>;
  readonly log: Log;
  readonly timers?: Timers;
  /** Bytes of one submission. */
  readonly maxBytes?: number;
  /** Bytes of memory for all submissions that are being read or handed in. */
  readonly maxWaitingBytes?: number;
  readonly maxConnections?: number;
  /** Milliseconds without a byte after which a client is told so and left. */
  readonly idleMs?: number;
  /** Milliseconds that a client's bytes are thrown away after its answer, and that close() waits for submissions. */
  readonly lingerMs?: number;
}

export interface IntakeSocket {
  /** Takes the socket away, answers clients that are still sending, and waits a bounded time for what is being submitted. */
  close(): Promise<void>;
}

/** A client above the bound is told so; above this many more it is only cut off. */
const maxRefused = 64;

/** Throws what `listenOn` throws: `invalid-config` (path too long, or in use by a file) and `already-running`. */
export async function listenIntakeSocket(options: IntakeSocketOptions): Promise<IntakeSocket> {
  const { log, timers = systemTimers, maxBytes = maxSubmissionBytes, maxConnections = 64 } = options;
  const { idleMs = 60_000, lingerMs = 2000 } = options;
  const budget = createBudget(options.maxWaitingBytes ?? 4 * maxBytes);
  const connections = new Set<Connection>();
  let stopping: StewardError | undefined;
  let drained = (): void => undefined;

  function accept(socket: Socket): void {
    const buffer = createIntakeBuffer({ maxBytes, budget });
    const full = connections.size >= maxConnections;
    const gone = (): void => {
      connections.delete(connection);
      if (connections.size === 0) drained();
    };
    const connection = serveConnection({ socket, buffer, maxBytes, timers, idleMs, lingerMs, submit, gone });
    connections.add(connection);
    if (stopping !== undefined) connection.stop(stopping);
    else if (full) connection.refuse(busy());
  }

  async function submit(bytes: Uint8Array): Promise<Pick<Submitted, 'ids'> & Partial<Submitted>> {
    try {
      return await options.submit(bytes);
    } catch (error) {
      if (error instanceof StewardError) log.debug('intake: refused', { code: error.code, error: error.message });
      else log.error('intake: a submission failed', { error: describe(error) });
      throw error;
    }
  }

  /** Until all connections are gone, or for so long. */
  function lingering(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timers.after(lingerMs, resolve);
      drained = () => {
        cancel();
        resolve();
      };
    });
  }

  // A client that has closed its side still waits for the answer.
  const server = createServer({ allowHalfOpen: true }, accept);
  server.maxConnections = maxConnections + maxRefused;
  const removeSocket = await listenOn(options.path, server);
  server.on('error', (error) => log.error('intake: the socket failed', { error: error.message }));
  return {
    async close() {
      stopping = new StewardError('stopping', 'the node is stopping: nothing was taken', {
        hint: 'send it again later',
      });
      await removeSocket();
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.stop(stopping);
      if (connections.size > 0) await lingering();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
