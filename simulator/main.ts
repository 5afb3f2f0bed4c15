// npm run simulate: many seeds, one seed again, or the planted bugs. Exit status 0, 1 or 2 as --help says.
import { helpText, readOptions, type Options } from './options.ts';
import { plantedBugs } from './planted/bugs.ts';
import { runPlanted, type Catch } from './planted/run-planted.ts';
import { runPool } from './pool.ts';
import { addResult, newFigures, type Figures } from './report/figures.ts';
import { record } from './report/record.ts';
import { catchLine, failureText, figuresText, progressLine } from './report/text.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

const worker = new URL('worker.mjs', import.meta.url);
const mostFailures = 5;

const [root = '.', ...words] = process.argv.slice(2);
try {
  await main(readOptions(words));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<void> {
  if (options.help) process.stdout.write(helpText());
  else if (options.planted) await planted(options);
  else if (options.seeds === undefined) replay(options);
  else await many(options, options.seeds);
}

function say(options: Options, text: string): void {
  if (!options.json) process.stdout.write(text);
}

/** On a terminal the line is rewritten; elsewhere it comes once a minute. */
function createProgress(): (line: () => string) => void {
  const { isTTY } = process.stderr;
  const everyMs = isTTY ? 500 : 60_000;
  let shownAt = performance.now();
  return (line) => {
    if (performance.now() - shownAt < everyMs) return;
    shownAt = performance.now();
    process.stderr.write(isTTY ? `\r\u001B[K${line()}` : `${line()}\n`);
  };
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
}

async function many(options: Options, seeds: number): Promise<void> {
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const figures = newFigures();
  const failures: SeedResult[] = [];
  const showProgress = createProgress();
  await runPool({
    ...options,
    worker,
    seeds,
    onResult: (result) => {
      addResult(figures, result);
      if (result.violations.length > 0) failures.push(result);
      showProgress(() => progressLine(figures, { seeds, elapsedMs: elapsedMs() }));
      const inTime = options.minutes === undefined || elapsedMs() < options.minutes * 60_000;
      return failures.length < mostFailures && inTime;
    },
  });
  clearProgress();
  failures.sort((a, b) => a.seed - b.seed);
  finish(options, { figures, failures, elapsedMs: elapsedMs() });
  if (options.record && failures.length === 0) await record(root, { figures });
}

function finish(
  options: Options,
  what: { figures: Figures; failures: readonly SeedResult[]; elapsedMs: number },
): void {
  const { figures, failures, elapsedMs } = what;
  if (options.json) process.stdout.write(`${JSON.stringify({ ...figures, elapsedMs, failures })}\n`);
  else process.stdout.write(figuresText(figures, elapsedMs));
  for (const failure of failures) say(options, `\n${failureText(failure, options)}`);
  if (failures.length > 0) process.exitCode = 1;
  else say(options, '\nnothing was violated\n');
}

function replay(options: Options): void {
  const lines: string[] = [];
  const startedAt = performance.now();
  const result = runSeed({
    seed: options.firstSeed,
    nodes: options.nodes,
    only: options.only,
    tell: (line) => lines.push(line),
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, history: lines })}\n`);
  else process.stdout.write(`${lines.join('\n')}\n`);
  say(
    options,
    `\nhistory ${result.hash}: ${lines.length} lines, ${result.messages} messages, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
  );
  if (result.violations.length === 0) return say(options, 'nothing was violated\n');
  say(options, failureText(result, options));
  process.exitCode = 1;
}

async function planted(options: Options): Promise<void> {
  const unknown = options.bugs.filter((name) => !plantedBugs.some((bug) => bug.name === name));
  if (unknown.length > 0) throw new Error(`no planted bug is named ${unknown.join(', ')}`);
  const wanted = plantedBugs.filter(({ name }) => options.bugs.length === 0 || options.bugs.includes(name));
  const catches: Catch[] = [];
  say(options, `  ${'bug'.padEnd(28)}by     seeds  the first that is said\n`);
  for (const bug of wanted) {
    const caught = await runPlanted(bug, { root, threads: options.threads, firstSeed: options.firstSeed });
    catches.push(caught);
    say(options, `${catchLine(caught)}\n`);
  }
  const missed = catches.filter(({ seeds }) => seeds === null);
  if (options.json) process.stdout.write(`${JSON.stringify(catches)}\n`);
  say(options, `\n${catches.length - missed.length} of ${catches.length} planted bugs were caught\n`);
  if (missed.length > 0) process.exitCode = 1;
  else if (options.record) await record(root, { catches });
}
