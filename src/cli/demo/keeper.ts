// Ends the demo's processes when the demo itself is killed with -9: a shell that waits for the end of a pipe which only the demo holds.
import { spawn } from 'node:child_process';

// Every member leads a process group of its own, so its group is what has to go.
const script = `
while read -r pid; do groups="$groups -$pid"; done
[ -z "$groups" ] || { kill -s TERM -- $groups; sleep 3; kill -s KILL -- $groups; } 2>/dev/null
`;

export interface Keeper {
  /** Also end this process (and its group) if the demo dies. */
  add(pid: number): void;
  /** The demo has ended everything by itself. */
  dismiss(): void;
}

export function startKeeper(): Keeper {
  const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // Without a keeper the demo still ends what it started, in every case but its own sudden death.
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return {
    add: (pid) => void shell.stdin.write(`${pid}\n`),
    dismiss: () => void shell.kill('SIGKILL'),
  };
}
