// A program that is nothing but the built-in broker, with the bounds that a test gives it: `broker-program.mjs PORT LIMITS`.
// A process of its own, so that its memory can be measured and its clients do not take its turn. Ends with its input.
import { startBuiltInBroker } from '../../src/broker/built-in.ts';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import { quietLog } from './quiet-log.ts';

const [port = '0', limits = '{}'] = process.argv.slice(2);
const broker = await startBuiltInBroker({
  port: Number(port),
  log: quietLog,
  limits: JSON.parse(limits) as Partial<BrokerLimits>,
});
process.stdout.write('ready\n');
process.stdin.on('end', () => void broker.close()).resume();
