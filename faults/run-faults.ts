// The campaign: its options, its scenes, two at a time, and the verdict.
//
// 1. Every scene is played or says why it cannot be; each asserts its own minimums, the whole run those of `goal`.
// 2. Interrupted, it ends what it had started before it ends itself.
import { parseArgs } from 'node:util';
import type { Lab } from './lab/open-lab.ts';
import { createProgressLine } from './print/progress.ts';
import { recordRun } from './print/record.ts';
import { faultTable, totalOf } from './print/table.ts';
import { runScene, type Performance } from './run-scene.ts';
import { scenes } from './scenes.ts';
import type { Scene } from './scene.ts';
import { missing, type Counts } from './tally.ts';

const usualMinutes = 10;
/** Of one scene, in the text. */
const mostSentences = 30;
/** So long after an interrupt the scenes may take to end by themselves. */
const patienceMs = 30_000;
/** What a whole run has to have done. */
const goal: Counts = { kill: 300, stop: 100, cut: 200, broker: 20 };
const goalMessages = 20_000;
const names = scenes.map(({ name }) => name).join(', ');

export async function runFaults(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: String(usualMinutes) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      only: { type: 'string', multiple: true },
      jobs: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed, jobs] = [Number(values.minutes), Number(values.seed), Number(values.jobs)];
  const wanted = scenes.filter(({ name }) => values.only === undefined || values.only.includes(name));
  if (wanted.length === 0) throw new Error(`--only takes one of ${names}`);
  if (!(minutes > 0) || !Number.isInteger(seed) || !(jobs >= 1))
    throw new Error('--minutes, --seed and --jobs take numbers');

  const labs = new Set<Lab>();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const again = `npm run faults -- --seed ${seed}${minutes === usualMinutes ? '' : ` --minutes ${minutes}`}`;
  process.stderr.write(`seed ${seed}; the same choices again: ${again}\n`);
  const line = createProgressLine({ stream: process.stderr, scenes: wanted.length, now: () => performance.now() });
  const began = performance.now();
  const performances: Performance[] = [];
  const waiting = [...wanted];
  const play = async (scene: Scene): Promise<void> => {
    line.begins(scene.name);
    let lab: Lab | undefined;
    const performance = await runScene({
      scene,
      seed,
      scale: minutes / usualMinutes,
      signal: stop.signal,
      onProgress: (progress) => line.moves(scene.name, progress),
      onLab: (opened) => labs.add((lab = opened)),
    });
    if (lab !== undefined) labs.delete(lab);
    performances.push(performance);
    if (!stop.signal.aborted) line.ends(performance);
  };
  const work = async (): Promise<void> => {
    for (let scene = waiting.shift(); scene !== undefined && !stop.signal.aborted; scene = waiting.shift())
      await play(scene);
  };
  const all = Promise.all(Array.from({ length: jobs }, work));
  const late = new Promise<'late'>((resolve) => {
    stop.signal.addEventListener('abort', () => void setTimeout(() => resolve('late'), patienceMs).unref());
  });
  const how = await Promise.race([all, late]);
  if (stop.signal.aborted) {
    line.close();
    // A scene ends by itself, and closes what it opened; one that hangs is closed from here.
    if (how === 'late') await Promise.all([...labs].map((lab) => lab.close({ keep: false })));
    process.stderr.write('interrupted: everything that was started has been ended\n');
    process.exit(130);
  }
  line.close();
  const seconds = (performance.now() - began) / 1000;
  const inOrder = wanted.flatMap(({ name }) => performances.filter(({ scene }) => scene === name));
  const whole = values.only === undefined && minutes >= usualMinutes;
  const wrong = verdict(inOrder, whole);
  if (values.record && whole && wrong.length === 0)
    await recordRun(process.cwd(), { seed, seconds, performances: inOrder });
  if (values.json)
    process.stdout.write(`${JSON.stringify({ seed, minutes, seconds, performances: inOrder, wrong })}\n`);
  else print({ performances: inOrder, wrong, seconds, again });
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

/** What is wrong with the run, beside what is wrong in its scenes. */
function verdict(performances: readonly Performance[], whole: boolean): readonly string[] {
  const total = totalOf(performances);
  if (!whole) return total.wrong;
  return [
    ...total.wrong,
    ...missing(total.faults, goal).map((text) => `fewer faults than the goal: ${text}`),
    ...(total.delivered < goalMessages ? [`fewer messages than the goal: ${total.delivered} of ${goalMessages}`] : []),
  ];
}

interface Outcome {
  readonly performances: readonly Performance[];
  readonly wrong: readonly string[];
  readonly seconds: number;
  readonly again: string;
}

function print({ performances, wrong, seconds, again }: Outcome): void {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`\n${faultTable(performances, seconds)}\n`);
  for (const { scene, what } of performances) say(`${scene}: ${what}`);
  for (const { scene, notes } of performances) for (const note of notes) say(`${scene}: ${note}`);
  for (const { scene, wrong, kept } of performances) {
    if (wrong.length === 0) continue;
    say(`\n${scene} went wrong; logs and stores: ${kept ?? 'gone'}; again: ${again} --only ${scene}`);
    for (const sentence of wrong.slice(0, mostSentences)) say(`  ${sentence}`);
    if (wrong.length > mostSentences) say(`  and ${wrong.length - mostSentences} more (--json has all)`);
  }
  const { delivered } = totalOf(performances);
  const lost = wrong.filter((sentence) => /^(answer )?lost|^no final state/.test(sentence)).length;
  const twice = wrong.filter((sentence) => /^(run|answered) twice/.test(sentence)).length;
  say(`\n${delivered} messages delivered, ${lost} lost, ${twice} run twice, ${wrong.length} things wrong in all`);
}
