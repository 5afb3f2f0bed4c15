// The terminal of the real process. Nothing else in the command line touches `process`.
import type { WriteStream } from 'node:tty';
import type { Output, Terminal } from './terminal.ts';

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function processTerminal(): Terminal {
  return {
    env: process.env,
    cwd: process.cwd(),
    // With the settings that bin/steward.js has given to Node.
    executable: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    get input() {
      return process.stdin;
    },
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    onInterrupt(listener) {
      const stop = (): void => {
        for (const signal of interrupts) process.removeListener(signal, onSignal);
      };
      const onSignal = (signal: NodeJS.Signals): void => {
        stop();
        listener(signal);
      };
      for (const signal of interrupts) process.on(signal, onSignal);
      return stop;
    },
  };
}

function outputOf(stream: WriteStream): Output {
  let readerGone = false;
  // The callback of the write that failed gets the same error; without a listener it would end the process.
  stream.on('error', () => {});
  return {
    readerGone: () => readerGone,
    isTerminal: stream.isTTY ?? false,
    columns: stream.columns ?? 80,
    write: (data) =>
      new Promise((resolve, reject) => {
        if (readerGone) return resolve();
        stream.write(data, (error) => {
          if (error === undefined || error === null) return resolve();
          if (!('code' in error) || error.code !== 'EPIPE') return reject(error);
          readerGone = true;
          resolve();
        });
      }),
  };
}
