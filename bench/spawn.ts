// What it costs to start commands, by each way to do it: `node bench/spawn.ts [commands] [megabytes of ballast]` (Node 22.18 or newer).
import { tmpdir } from 'node:os';
import { systemClock, systemTimers } from '../src/base/clock.ts';
import type { CommandRunner, RunnerOptions } from '../src/methods/command/command-runner.ts';
import { createExecutorRunner } from '../src/methods/command/executor-runner.ts';
import { createSpawnRunner } from '../src/methods/command/spawn-command.ts';
import { createIdentify } from '../src/methods/orphans/process-table.ts';

const count = Number(process.argv[2] ?? 2_000);
// Resident memory is what a fork costs by: the size of a node at work.
const ballast = Array.from({ length: Number(process.argv[3] ?? 20) }, () => Buffer.alloc(1 << 20, 1));

const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
const options: RunnerOptions = {
  clock: systemClock,
  timers: systemTimers,
  env,
  sweep: () => Promise.resolve({ ended: [], left: [] }),
  identify: createIdentify({ path: '/proc' }),
};
let last = 0;

async function run(runner: CommandRunner, args: readonly string[]): Promise<void> {
  last += 1;
  const { outcome } = await runner.run({
    key: `bench/${last}`,
    args,
    cwd: tmpdir(),
    stdin: new Uint8Array(0),
    timeoutMs: 10_000,
    outputLimit: 16 << 20,
    onSpawned: () => undefined,
    signal: new AbortController().signal,
  });
  if (outcome.state !== 'succeeded') throw new Error(JSON.stringify(outcome));
}

async function measure(name: string, runner: CommandRunner): Promise<void> {
  for (let index = 0; index < 50; index += 1) await run(runner, ['true']);

  const times: number[] = [];
  for (let index = 0; index < 300; index += 1) {
    const from = performance.now();
    await run(runner, ['echo', 'hello']);
    times.push(performance.now() - from);
  }
  times.sort((one, other) => one - other);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);

  let longest = 0;
  let next = 0;
  const from = performance.now();
  const usage = performance.eventLoopUtilization();
  let turn = performance.now();
  const look = setInterval(() => {
    longest = Math.max(longest, performance.now() - turn);
    turn = performance.now();
  }, 1);
  const work = async (): Promise<void> => {
    while (next++ < count) await run(runner, ['true']);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  clearInterval(look);
  const seconds = (performance.now() - from) / 1_000;
  const busy = performance.eventLoopUtilization(usage).active / count;
  console.log(
    `${name.padEnd(9)} ${Math.round(count / seconds)}/s, event loop ${busy.toFixed(3)} ms a command, longest turn ${longest.toFixed(1)} ms; ` +
      `echo one at a time p50 ${at(0.5)} p99 ${at(0.99)} ms; ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
  );
}

const spawner = createSpawnRunner(options);
await measure('spawn', spawner);
const executor = createExecutorRunner({ ...options, mark: 'bench' });
while (!executor.warm()) await new Promise((resolve) => setTimeout(resolve, 5));
await measure('executor', executor);
await executor.close();
console.log(`with ${ballast.length} MB of ballast`);
