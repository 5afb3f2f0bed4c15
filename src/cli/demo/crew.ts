// The demo's long-running processes: each the executable itself, in a folder of its own, with its output in node.log.
// From: the story. To: the system's processes.
//
// 1. A member that ends without being told to is reported once, to `onLost`.
// 2. After stop() none of them is left, nor anything in their process groups: SIGTERM, 5 seconds later SIGKILL.
// 3. If the demo dies without stop(), the keeper does the same.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timers } from '../../base/clock.ts';
import type { Terminal } from '../terminal.ts';
import { demoFolder } from './demo-folder.ts';
import { startKeeper } from './keeper.ts';

export interface Member {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
}

export interface Crew {
  /** Starts `steward ARGS…` in the member's folder. */
  start(name: string, args: readonly string[]): Member;
  /** Ends them all, the last first. */
  stop(): Promise<void>;
}

export interface CrewOptions {
  readonly terminal: Pick<Terminal, 'env' | 'executable'>;
  readonly timers: Timers;
  /** Told of a member that ended on its own, and how. */
  readonly onLost: (member: Member, how: string) => void;
}

const stopGraceMs = 5000;

export function createCrew({ terminal, timers, onLost }: CrewOptions): Crew {
  const members: { readonly member: Member; readonly child: ChildProcess }[] = [];
  const keeper = startKeeper();
  let stopping = false;
  return {
    start(name, args) {
      const logFile = join(demoFolder, name, 'node.log');
      const log = openSync(logFile, 'a');
      const [program, ...first] = terminal.executable;
      const child = spawn(program, [...first, ...args], {
        cwd: join(demoFolder, name),
        env: withoutOurVariables(terminal.env),
        // A group of its own: Ctrl-C on the terminal reaches the demo alone, which ends the others in order.
        detached: true,
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      const member = { name, pid: child.pid ?? 0, logFile };
      const lost = (how: string): void => {
        if (!stopping) onLost(member, how);
      };
      child.once('error', (error) => lost(error.message));
      child.once('exit', (code, signal) => lost(signal ?? `exit status ${code ?? '?'}`));
      if (child.pid !== undefined) {
        keeper.add(child.pid);
        members.push({ member, child });
      }
      return member;
    },
    async stop() {
      stopping = true;
      const [broker, ...nodes] = members;
      await Promise.all(nodes.reverse().map(({ child }) => end(child, timers)));
      if (broker !== undefined) await end(broker.child, timers);
      keeper.dismiss();
    },
  };
}

/** The last lines of a member's log. */
export async function logTail(member: Member, lines = 10): Promise<string> {
  const text = await readFile(member.logFile, 'utf8');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

async function end(child: ChildProcess, timers: Timers): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const cancel = timers.after(stopGraceMs, () => child.kill('SIGKILL'));
    await exited;
    cancel();
  }
  killGroup(child.pid);
}

/** What a node left behind in its group, if anything. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: nothing was left, which is what is wanted.
  }
}

/** STEWARD_NODE_NAME and its like would make every member the same node. */
function withoutOurVariables(env: Terminal['env']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('STEWARD_')));
}
