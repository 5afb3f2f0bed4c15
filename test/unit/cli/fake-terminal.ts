// A terminal for tests: input given, output kept, Ctrl-C pressed by the test.
import type { Output, Terminal } from '../../../src/cli/terminal.ts';

export interface FakeTerminal extends Terminal {
  readonly printed: { out: Buffer; err: Buffer };
  /** Ctrl-C. False if nobody listens, where a real process would have ended. */
  interrupt(): boolean;
}

export interface FakeTerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly isTerminal?: boolean;
}

export function createFakeTerminal({
  env = {},
  input = '',
  isTerminal = false,
}: FakeTerminalOptions = {}): FakeTerminal {
  const printed = { out: Buffer.alloc(0), err: Buffer.alloc(0) };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const output = (name: 'out' | 'err'): Output => ({
    isTerminal,
    columns: 80,
    readerGone: () => false,
    write(data) {
      printed[name] = Buffer.concat([printed[name], Buffer.from(data)]);
      return Promise.resolve();
    },
  });
  return {
    env,
    cwd: '/',
    executable: ['/bin/false'],
    input: bytesOf(input),
    out: output('out'),
    err: output('err'),
    printed,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    interrupt() {
      const heard = listeners.size > 0;
      for (const listener of listeners) listener('SIGINT');
      return heard;
    },
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const byte of Buffer.from(text)) yield Uint8Array.of(byte);
}
