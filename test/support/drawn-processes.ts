// Processes and servers that do whatever a seed says, behind the seams of the methods: nothing is started, and nothing is asked.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Clock, Timers } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { CommandEnd } from '../../src/methods/command/command-result.ts';
import type { Command, RunnerOptions } from '../../src/methods/command/command-runner.ts';
import { RunningCommand, stopped } from '../../src/methods/command/running-command.ts';
import type { MethodsOptions } from '../../src/methods/methods-options.ts';
import type { Answer, Transport } from '../../src/methods/http/transport.ts';
import type { RunResult } from '../../src/methods/run.ts';
import { below, pick } from './hostile-frames.ts';

type Parts = Required<NonNullable<MethodsOptions['parts']>>;

export interface DrawnParts extends Parts {
  /** Bodies of answers that nobody has closed. */
  readonly openBodies: () => number;
  /** Commands that have begun and not ended. */
  readonly running: () => number;
}

export function drawnParts(random: Random, time: { readonly clock: Clock; readonly timers: Timers }): DrawnParts {
  const bodies = new Set<Readable>();
  let running = 0;
  const run = async (command: Command): Promise<RunResult> => {
    running += 1;
    try {
      return await play(command, { random, ...time });
    } finally {
      running -= 1;
    }
  };
  return {
    commands: {
      run,
      arm: () => undefined,
      disarm: () => undefined,
      pid: () => undefined,
      close: () => Promise.resolve(),
    },
    outliving: { run, resume: run, detach: run, forget: () => undefined, close: () => undefined },
    personOf: () =>
      Promise.resolve(
        pick(random, [
          { problem: 'there is no such user' },
          { prefix: [], env: { HOME: '/' } },
          { prefix: ['setpriv', '--'], env: {} },
        ]),
      ),
    transport: drawnTransport(random, bodies),
    openBodies: () => [...bodies].filter((body) => !body.destroyed).length,
    running: () => running,
  };
}

/** One process: what it writes and when, and how it ends, if it does before it is killed. */
async function play(
  command: Command,
  of: { readonly random: Random; readonly clock: Clock; readonly timers: Timers },
): Promise<RunResult> {
  const { random, clock, timers } = of;
  let tellKilled = (): void => undefined;
  const killed = new Promise<CommandEnd>((resolve) => {
    tellKilled = () => resolve({ kind: 'signalled', signal: 'SIGKILL' });
  });
  const options: RunnerOptions = {
    clock,
    timers,
    env: {},
    sweep: () =>
      Promise.resolve({ ended: [], left: below(random, 8) === 0 ? [{ key: command.key, pid: 2, groupId: 2 }] : [] }),
    look: () => Promise.resolve([]),
    identify: (pid) => ({ pid, startTime: '1' }),
  };
  // Some are stuck in the kernel: no signal ends them.
  const isStuck = below(random, 20) === 0;
  const process = new RunningCommand(command, { ...options, kill: () => (isStuck ? undefined : tellKilled()) });
  if (command.signal.aborted) {
    process.stop(stopped(command.signal));
    process.ended({ kind: 'notStarted', code: 'ECANCELED' });
    return process.result;
  }
  void act(command, process, { random, killed });
  return process.result;
}

async function act(
  command: Command,
  process: RunningCommand,
  { random, killed }: { readonly random: Random; readonly killed: Promise<CommandEnd> },
): Promise<void> {
  if (below(random, 10) === 0) return process.ended(notStarted(random));
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  if (below(random, 2) === 0) process.spawned({ pid: 2 + below(random, 1e6), startTime: '1' });
  for (let writes = below(random, 4); writes > 0; writes -= 1) {
    const size = pick(random, [0, 1, 100, 40_000, 70_000]);
    const goesOn = process.wrote(pick(random, ['stdout', 'stderr']), Buffer.alloc(size, 'é\0'));
    if (!goesOn) await Promise.race([new Promise<void>((resolve) => process.whenRoom(resolve)), killed]);
    if (below(random, 2) === 0) await turn();
  }
  const end = pick<CommandEnd | 'never'>(random, [
    { kind: 'exited', exitCode: 0 },
    { kind: 'exited', exitCode: below(random, 256) },
    { kind: 'signalled', signal: 'SIGSEGV' },
    { kind: 'lost' },
    { kind: 'stuck' },
    'never',
  ]);
  process.ended(end === 'never' ? await killed : end);
  // What comes after the end is nobody's.
  process.wrote('stdout', Buffer.from('late'));
  if (command.timeoutMs === 0) process.ended({ kind: 'lost' });
}

function notStarted(random: Random): CommandEnd {
  const code = pick(random, ['ENOENT', 'EACCES', 'E2BIG', 'EAGAIN', 'ERR_INVALID_ARG_VALUE', 'unknown error']);
  return { kind: 'notStarted', code, ...(below(random, 3) === 0 ? { detail: 'not a command' } : {}) };
}

const locations = [
  '/next',
  'http://other/',
  '//x',
  'file:///etc/passwd',
  'http://',
  '\xff\xfe',
  'http://a:99999',
  '',
  '?'.repeat(9000),
];
const codings = ['gzip', 'br', 'deflate', 'gzip, gzip', 'x, gzip', 'identity', 'gzip,'.repeat(9), '\0'];

function drawnTransport(random: Random, bodies: Set<Readable>): Transport {
  return async ({ url, signal }): Promise<Answer> => {
    if (!/^https?:$/.test(url.protocol)) throw new Error(`asked for ${url.protocol}`);
    switch (below(random, 8)) {
      case 0:
        throw Object.assign(new Error('no answer'), {
          code: pick(random, ['ENOTFOUND', 'EPROTO', 'HPE_X', 'CERT_X', '', 7]),
        });
      case 1:
        // oxlint-disable-next-line typescript/only-throw-error -- whatever a library may throw
        throw pick<unknown>(random, [undefined, null, 'text', 0, {}]);
      case 2:
        if (!signal.aborted) await once(signal, 'abort');
        if (below(random, 2) === 0) throw new Error('aborted');
    }
    const body = drawnBody(random);
    bodies.add(body);
    const end = (): void => void body.destroy(new Error('aborted'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    body.once('close', () => bodies.delete(body));
    const headers: (readonly [string, string])[] = [['Content-Type', 'x']];
    if (below(random, 3) === 0) headers.push(['LOCATION', pick(random, locations)]);
    if (below(random, 2) === 0) headers.push(['content-encoding', pick(random, codings)]);
    return {
      version: pick(random, ['1.1', '1.0', '']),
      status: pick(random, [200, 204, 301, 308, 404, 500, 0, 999]),
      statusText: pick(random, ['OK', '', '\x1b[31m\0\xff', 'x'.repeat(5000)]),
      headers,
      body,
    };
  };
}

function drawnBody(random: Random): Readable {
  const plain = Buffer.alloc(pick(random, [0, 1, 1000, 100_000]), 'a\0\xff');
  const sent = below(random, 2) === 0 ? gzipSync(plain, { level: 1 }) : plain;
  const end = pick(random, ['ends', 'ends', 'breaks', 'hangs'] as const);
  let at = 0;
  return new Readable({
    read() {
      const piece = sent.subarray(at, (at += 16_384));
      if (piece.length > 0) this.push(piece);
      else if (end === 'ends') this.push(null);
      else if (end === 'breaks') this.destroy(Object.assign(new Error('broken'), { code: 'ECONNRESET' }));
    },
  });
}
