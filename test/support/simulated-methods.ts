// The methods of a simulated node: a command that prints, and a file that is appended to in steps that a crash can tear.
import type { RunRequest, RunResult } from '../../src/methods/run.ts';
import type { Draft, Message } from '../../src/model/message.ts';
import { methodEntry, type MethodName } from '../../src/model/method-name.ts';

/** What a command prints: lines that nobody else prints, so many as its second argument says. */
export function outputOf(message: Pick<Message, 'id' | 'args'>): string {
  const lines = Number(message.args[1] ?? 1);
  return Array.from({ length: lines }, (_none, index) =>
    index === 0 ? `${message.id}\n` : `${message.id}/${index}\n`,
  ).join('');
}

export function succeeded(stdout: string): RunResult {
  const bytes = new TextEncoder().encode(stdout);
  return {
    outcome: { state: 'succeeded', exitCode: 0, stdoutBytes: bytes.length, stderrBytes: 0, durationMs: 1 },
    stdout: bytes,
    stderr: new Uint8Array(),
  };
}

/** The same output, and exit code 1. */
export function failing(result: RunResult): RunResult {
  return { ...result, outcome: { ...result.outcome, state: 'failed', exitCode: 1 } };
}

export function notNow(reason: string): RunResult {
  return {
    outcome: { state: 'failed', stdoutBytes: 0, stderrBytes: 0, reason },
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
    retry: reason,
  };
}

export function pathOf(message: Message): string {
  return message.method === 'errorLog' ? 'error.log' : `${message.from}/${message.fileName}`;
}

export function textOf(run: RunRequest): string {
  return Buffer.from(run.body).toString();
}

export function writeAt(files: Map<string, string>, path: string, what: { offset: number; text: string }): void {
  const before = (files.get(path) ?? '').padEnd(what.offset, '\0');
  files.set(path, before.slice(0, what.offset) + what.text + before.slice(what.offset + what.text.length));
}

/** A draft with the shipped defaults. */
export function draft(to: string, method: MethodName, more: Partial<Draft['message']> = {}): Draft {
  const criteria = { ackTimeoutMs: 10_000, retries: -1, retryWaitMs: 0, methodTimeoutMs: 10_000 };
  return {
    message: {
      to,
      method,
      args: method === 'cliCommand' ? ['true'] : [],
      unordered: false,
      rerun: methodEntry(method).rerun,
      ...criteria,
      expiresMs: 30 * 86_400_000,
      directory: '',
      fileName: 'answers',
      reply: { method: 'fileAppend', args: [], ...criteria },
      bodySize: 0,
      ...more,
    },
    body: new Uint8Array(),
  };
}
