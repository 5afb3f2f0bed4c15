// The log of a process that runs in the foreground: on stderr, text on a terminal, JSON lines elsewhere.
import { systemClock } from '../base/clock.ts';
import { createLog, type Log, type LogLevel } from '../base/log.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './text/printable.ts';

export interface TerminalLogOptions {
  readonly terminal: Pick<Terminal, 'err'>;
  readonly level?: LogLevel;
  readonly format?: 'auto' | 'text' | 'json';
}

export function createTerminalLog({ terminal, level = 'info', format = 'auto' }: TerminalLogOptions): Log {
  const { err } = terminal;
  return createLog({
    now: () => systemClock.wall(),
    format: format === 'auto' ? (err.isTerminal ? 'text' : 'json') : format,
    level,
    write(line) {
      // A log that cannot be written has no other place to say so, and is no reason to end.
      err.write(printable(line)).catch(() => {});
    },
  });
}
