// The node's log: one line an event, readable on a terminal, JSON elsewhere.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(text: string, data?: Record<string, unknown>): void;
  info(text: string, data?: Record<string, unknown>): void;
  warn(text: string, data?: Record<string, unknown>): void;
  error(text: string, data?: Record<string, unknown>): void;
}

export interface LogOptions {
  readonly write: (line: string) => void;
  readonly now: () => number;
  readonly format: 'text' | 'json';
  readonly level: LogLevel;
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function createLog(options: LogOptions): Log {
  const format = options.format === 'json' ? formatJson : formatText;
  const at =
    (level: LogLevel) =>
    (text: string, data: Record<string, unknown> = {}): void => {
      if (levels.indexOf(level) < levels.indexOf(options.level)) return;
      options.write(`${format({ time: new Date(options.now()).toISOString(), level, text, data })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly text: string;
  readonly data: Record<string, unknown>;
}

function formatJson(line: Line): string {
  return JSON.stringify({ time: line.time, level: line.level, msg: line.text, ...line.data });
}

function formatText(line: Line): string {
  const pairs = Object.entries(line.data).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [line.time.slice(11, 23), line.level.padEnd(5), line.text, ...pairs].join(' ');
}
