// steward broker: runs a broker in the foreground until it is told to end.
import { startBroker } from '../../broker/start-broker.ts';
import { createTerminalLog } from '../terminal-log.ts';
import type { Terminal } from '../terminal.ts';

export interface BrokerOptions {
  readonly port: number;
  readonly address: string;
}

export async function runBroker(options: BrokerOptions, terminal: Terminal): Promise<void> {
  const broker = await startBroker({
    ...options,
    log: createTerminalLog({ terminal }),
    searchPath: terminal.env['PATH'] ?? '',
  });
  // A failure to close is seen by whoever awaits `closed`, below.
  const stopListening = terminal.onInterrupt(() => void broker.close().catch(() => {}));
  try {
    await terminal.out.write(`nats://${options.address}:${broker.port}\n`);
    await broker.closed;
  } finally {
    stopListening();
  }
}
