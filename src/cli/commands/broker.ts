// steward broker
import { InvalidArgumentError, type Command } from 'commander';
import type { BrokerOptions } from '../actions/run-broker.ts';
import type { Shell } from '../terminal.ts';

export function defineBroker(program: Command, shell: Shell): void {
  const command = program
    .command('broker')
    .summary('run a broker to try things out')
    .description(
      'Runs nats-server where there is one on the PATH, otherwise a small built-in broker, on 127.0.0.1 only.',
    )
    .option('--port <port>', 'port to listen on; 0: a free one', parsePort, 4222)
    .option('--address <address>', 'anything but 127.0.0.1 is refused', '127.0.0.1')
    .addHelpText(
      'after',
      `
For trying out on one machine. Between machines run nats-server, with users and TLS, and name it to every node
with --broker-address. Prints its address on stdout once it takes connections; ends with Ctrl-C.

Example:
  $ steward broker --port 4222
  $ steward node --node-name ship1 --broker-address nats://127.0.0.1:4222

Exit status: 0 ended by Ctrl-C or SIGTERM, 2 wrong use, 3 the port is taken, or the broker ended by itself.`,
    )
    .action(async () => {
      const { runBroker } = await import('../actions/run-broker.ts');
      await runBroker(command.opts<BrokerOptions>(), shell.terminal);
    });
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
