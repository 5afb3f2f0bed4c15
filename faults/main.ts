// The executable of the fault campaign: scripts/faults.mjs compiles and starts it.
import { runFaults } from './run-faults.ts';

await runFaults(process.argv.slice(2));
