// The whole check in one command: `check` is the quick tier, `all` is everything. CI runs the same.
// Ends with one line, "N passed, M failed": tests, and for every step that failed without a failed test one more.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchNatsServer } from './fetch-nats-server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = `${root}.cache/test`;
/** A step that takes longer hangs. */
const boundMs = 30 * 60_000;
/** As much of a failed test's message is repeated at the end. */
const failureBytes = 3_000;
/** Too long for the quick tier: real nodes killed at random for minutes, and files that take some five seconds or more. */
const longOnes = ['**/*campaign*', '**/*.long.test.ts'];

const mode = process.argv[2] ?? 'all';
if (mode !== 'check' && mode !== 'all') {
  process.stderr.write(`usage: node scripts/test.mjs [check|all], not ${mode}\n`);
  process.exit(2);
}

const seed = await seedOfCommit();
const environment = { STEWARD_TEST_PROPERTY_SEED: seed, ...process.env };
const totals = { passed: 0, failed: 0 };
/** What failed, named once more at the end: of a long log, that is what people see. */
const failures = [];
const startedAt = performance.now();

const prepared =
  (await step('build', () => run('npm', ['run', '--silent', 'build']))) &&
  (await step('nats-server', provideNatsServer));
// Without a build or a broker nothing that follows would be about this code.
if (prepared) {
  await step('types', () => run('npm', ['run', '--silent', 'types']));
  await step('lint', () => run('npm', ['run', '--silent', 'lint']));
  await step('unit tests', () => vitest('unit', []));
  await step('integration tests', () =>
    vitest('integration', mode === 'check' ? longOnes.flatMap((pattern) => ['--exclude', pattern]) : []),
  );
  if (mode === 'all') await step('simulator', simulate);
  if (totals.passed === 0) {
    process.stdout.write('no test passed: that is a failure\n');
    totals.failed += 1;
  }
}
process.stdout.write(`\n${mode}: ${seconds(startedAt)}\n`);
for (const failure of failures) process.stdout.write(`\nfailed: ${failure}\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);

/** Runs one step and shows its name, its end and how long it took. Answers whether it succeeded. */
async function step(name, work) {
  process.stdout.write(`\n== ${name}\n`);
  const began = performance.now();
  const failedBefore = totals.failed;
  let ok = false;
  try {
    ok = await work();
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
  }
  if (!ok && totals.failed === failedBefore) {
    totals.failed += 1;
    failures.push(name);
  }
  process.stdout.write(`== ${name}: ${ok ? 'ok' : 'FAILED'}, ${seconds(began)}\n`);
  return ok;
}

async function provideNatsServer() {
  const file = await fetchNatsServer();
  environment.STEWARD_TEST_NATS_SERVER = file;
  process.stdout.write(`${file}\n`);
  return true;
}

async function vitest(project, options) {
  const report = `${reports}/${project}.json`;
  await mkdir(reports, { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await run('npx', ['vitest', 'run', '--project', project, ...reporters, ...options]);
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(report, 'utf8'));
  totals.passed += numPassedTests;
  totals.failed += numFailedTests;
  for (const { name, assertionResults } of testResults)
    for (const { status, title, failureMessages } of assertionResults)
      if (status === 'failed')
        failures.push(`${relative(root, name)} > ${title}\n${failureMessages.join('\n').slice(0, failureBytes)}`);
  return ok && numPassedTests > 0;
}

/** As many seeds as a minute holds. */
function simulate() {
  return run('node', ['scripts/simulate.mjs', '--seed', seed, '--seeds', '3000', '--minutes', '1']);
}

/** Follows from the commit, so that a clone tries the same. */
async function seedOfCommit() {
  const number = Number.parseInt(await commit(), 16);
  return String(Number.isNaN(number) ? 1 : number);
}

/** Seven digits, or nothing where this is no clone. */
async function commit() {
  const git = spawn('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  git.once('error', () => git.stdout.destroy());
  let text = '';
  for await (const chunk of git.stdout) text += chunk;
  return text.slice(0, 7);
}

/** Answers whether it ended with 0 within the bound. A process group of its own, so that nothing of a step that hangs stays. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    const killGroup = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended in this moment.
      }
    };
    const timer = setTimeout(() => {
      process.stdout.write(`${command} ${args.join(' ')}: not done after ${boundMs / 60_000} minutes\n`);
      killGroup();
    }, boundMs);
    const interrupt = () => {
      killGroup();
      process.exit(130);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const settle = () => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code) => {
      settle();
      resolve(code === 0);
    });
  });
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
