// Runs one short command of our own executable, as a person would type it.
import { spawn } from 'node:child_process';
import type { Terminal } from '../terminal.ts';

export interface Asked {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Question {
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  readonly terminal: Pick<Terminal, 'env' | 'executable'>;
  readonly signal: AbortSignal;
}

/** Throws where the command cannot be started; the signal ends it. */
export function ask({ args, input, terminal, signal }: Question): Promise<Asked> {
  const [program, ...first] = terminal.executable;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], {
      env: { ...terminal.env },
      signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ status: code ?? undefined, stdout, stderr }));
    // A command that ends before it has read everything says why on stderr.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}
