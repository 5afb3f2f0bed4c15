// Tools of the system that only root may use: mount and its kin.
import { spawnSync } from 'node:child_process';

/** Answers what it said. Throws with it where it failed. */
export function runTool(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
