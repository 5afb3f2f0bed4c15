// The compiled executable as a process, as its users start it. `npm run build` makes it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** STEWARD_TEST_ROOT names another checkout that was built, for long tests beside work in this one. */
const root = process.env['STEWARD_TEST_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
const executable = join(root, 'bin', 'steward.js');

export interface StewardProcess {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface StewardOptions {
  readonly cwd: string;
  /** Beside PATH; nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the one of this checkout: the path of its bin/steward.js. */
  readonly program?: string | undefined;
  /** Another Node than the one of this process. */
  readonly runtime?: string | undefined;
  /** Its standard input is left open, for the test to write to. */
  readonly openInput?: true;
}

export function startSteward(args: readonly string[], options: StewardOptions): StewardProcess {
  const { cwd, env = {}, program = executable, runtime } = options;
  // With the Node of this process, wherever that is.
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const [file, ...first] = runtime === undefined ? [program] : [runtime, program];
  const child = spawn(file, [...first, ...args], { cwd, env: { PATH, ...env } });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  if (options.openInput !== true) child.stdin.end();
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { child, out: () => printed.out, err: () => printed.err, ended };
}

/** Pids of all processes that work in a folder or below it. */
export function processesIn(folder: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    const cwd = workingFolder(pid);
    return cwd === folder || cwd.startsWith(`${folder}/`);
  });
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It has ended in the meantime, or is somebody else's.
    return '';
  }
}
