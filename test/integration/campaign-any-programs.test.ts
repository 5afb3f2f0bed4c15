// The same as campaign-any-arguments.test.ts with processes, sockets and a clock that are real: programs that do no harm, whatever their arguments.
// STEWARD_TEST_SEED repeats a run; its timing is not in it.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { createMethods, type Methods } from '../../src/methods/create-methods.ts';
import { readProcessTable } from '../../src/methods/orphans/process-table.ts';
import { RunStop, type RunRequest } from '../../src/methods/run.ts';
import { anyProgram, type ProgramCase } from '../support/any-program.ts';
import { checkResult } from '../support/check-result.ts';
import { lookAtTree } from '../support/look-at-tree.ts';
import { startRubbishServer } from '../support/rubbish-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { newRequest } from '../unit/methods/new-request.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const cases = 500;
const atOnce = 8;
/** From the moment at which a command is stopped: five seconds until it is called stuck, and as many for what is left of it. */
const boundMs = 15_000;
/** Of this test alone: what a run has left is looked for on the whole machine, by its key. */
const sender = `any${process.pid}`;

test(`any programs - ${cases} commands, files and answers each have one result, and nothing is left (STEWARD_TEST_SEED=${seed})`, async () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-programs-')));
  const work = join(base, 'work');
  mkdirSync(join(work, 'folder'), { recursive: true });
  for (const name of ['log', 'log.1', 'empty'])
    writeFileSync(join(work, name), name === 'empty' ? '' : 'line\n'.repeat(99));
  const random = seededRandom(seed);
  const server = await startRubbishServer(random);
  const methods = createMethods({
    nodeName: 'central',
    configFolder: '/nowhere',
    groups: [],
    version: '0.0.0',
    dataFolder: join(base, 'data'),
    storeFolder: join(base, 'store'),
    workFolder: work,
    env: { PATH: process.env['PATH'] ?? '' },
    clock: systemClock,
    timers: systemTimers,
    stdout: () => Promise.resolve(),
    stderr: () => Promise.resolve(),
    pid: process.pid,
    outputLimit: 256 * 1024,
    askNode: () => Promise.reject(new Error('nobody asks')),
    askOther: () => Promise.reject(new Error('nobody asks')),
  });
  const handles = (): number => readdirSync('/proc/self/fd').length;
  const states = new Map<string, number>();
  try {
    const before = { tree: lookAtTree(base, ['store']), handles: handles() };
    const drawn = fc.sample(anyProgram(server.address), { seed, numRuns: cases }).entries();
    const play = async (): Promise<void> => {
      for (const [index, one] of drawn) {
        const state = await playOne(methods, { one, id: String(index).padStart(20, '0'), gently: random.next() < 0.5 });
        states.set(state, (states.get(state) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, play));
    expect(lookAtTree(base, ['store'])).toBe(before.tree);
    expect(readdirSync(join(base, 'store', 'outliving'))).toEqual([]);
    await methods.close();
    await waitFor('all files to be closed', () => handles() <= before.handles, { seen: handles });
    const left = async (): Promise<number> =>
      (await readProcessTable({ path: '/proc' })).filter(
        ({ run, ended }) => run?.startsWith(`${sender}/`) === true && !ended,
      ).length;
    await waitFor('all processes to be gone', async () => (await left()) === 0);
    console.log(`seed ${seed}: ${[...states].map(([state, count]) => `${state} ${count}`).join(', ')}`);
    expect([...states.keys()]).toEqual(expect.arrayContaining(['succeeded', 'failed', 'timedOut', 'rejected']));
  } finally {
    await methods.close();
    await server.close();
    rmSync(base, { recursive: true, force: true });
  }
}, 300_000);

/** As the flow has it done: made ready, run, stopped while it runs, and let go of. */
async function playOne(
  methods: Methods,
  { one, id, gently }: { readonly one: ProgramCase; readonly id: string; readonly gently: boolean },
): Promise<string> {
  const request: RunRequest = newRequest({ ...one.message, id, from: sender }, one.body);
  const key = `${sender}/${id}`;
  const stop = new AbortController();
  const taken = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };
  const timers: NodeJS.Timeout[] = [setTimeout(() => stop.abort(new RunStop('node stopped', gently)), one.stopAfterMs)];
  const late = new Promise<never>((_resolve, reject) => {
    timers.push(setTimeout(() => reject(new Error(`no end within ${boundMs} ms`)), boundMs));
  });
  try {
    methods.arm({ ...request, key });
    const running = methods.run(
      { ...request, key },
      {
        signal: stop.signal,
        onOutput(parts) {
          for (const { stdout, stderr } of parts) {
            taken.parts += 1;
            taken.stdoutBytes += stdout.length;
            taken.stderrBytes += stderr.length;
          }
          return Promise.resolve('go on' as const);
        },
      },
    );
    const result = await Promise.race([running, late]);
    checkResult(request, result, taken);
    return result.outcome.state;
  } catch (error) {
    throw new Error(`${String(error)}\nof ${JSON.stringify(request.message).slice(0, 1_500)}`, { cause: error });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    methods.release(key);
  }
}
