// Runs what the README tells its reader to type, in a copy of the checkout, and compares what is shown there with what comes.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fencesIn, type Fence } from '../unit/rules/markdown.ts';
import { readText, root } from '../unit/rules/tree.ts';
import { findNatsServer, freePort } from '../support/nats-server.ts';
import { processesIn } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

const fences = fencesIn(readText('README.md'));
const install = 'npm ci && ';

interface Terminal {
  /** Types the text and waits until it is done. What it printed on standard output. */
  readonly run: (text: string) => Promise<string>;
  /** Types a text whose last command stays, and waits for a line of its log. */
  readonly stay: (text: string, until: string) => Promise<void>;
}

let checkout: string;
const shells: ChildProcess[] = [];

beforeAll(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), 'sr-')));
  for (const part of ['bin', 'dist']) cpSync(join(root, part), join(checkout, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  // Without its scripts: the first npx would otherwise build once more.
  const { scripts: _scripts, ...manifest } = JSON.parse(readText('package.json')) as Record<string, unknown>;
  writeFileSync(join(checkout, 'package.json'), JSON.stringify(manifest));
  mkdirSync(join(checkout, 'path'));
  symlinkSync(join(checkout, 'bin/steward.js'), join(checkout, 'path/steward'));
  // A machine that has only Node, npm and git has no nc.
  const netcat = `#!/usr/bin/env node
const socket = require('node:net').connect(process.argv[3]);
process.stdin.pipe(socket, { end: false });
socket.pipe(process.stdout);
socket.on('end', () => process.exit(0));
`;
  mkdirSync(join(checkout, 'path-end'));
  writeFileSync(join(checkout, 'path-end/nc'), netcat);
  chmodSync(join(checkout, 'path-end/nc'), 0o755);
});

afterAll(async () => {
  for (const { pid } of shells) if (pid !== undefined) end(-pid);
  for (const pid of processesIn(checkout)) end(pid);
  await waitFor('every process to be gone', () => processesIn(checkout).length === 0);
  rmSync(checkout, { recursive: true });
});

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function openTerminal(): Terminal {
  const path = [join(checkout, 'path'), dirname(findNatsServer()), process.env['PATH'], join(checkout, 'path-end')];
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: checkout,
    env: { PATH: path.join(delimiter), HOME: checkout, npm_config_cache: join(checkout, 'npm-cache') },
    detached: true,
  });
  shells.push(shell);
  const printed = { out: '', err: '' };
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  const seen = (): unknown => printed;
  return {
    async run(text) {
      const start = printed.out.length;
      shell.stdin.write(`${text}\nprintf '\\ndone %s\\n' $?\n`);
      const match = await waitFor(text, () => /\ndone (\d+)\n$/.exec(printed.out.slice(start)) ?? undefined, {
        withinMs: 40_000,
        seen,
      });
      expect({ text, status: match[1], err: printed.err }).toMatchObject({ text, status: '0' });
      return printed.out.slice(start, start + match.index);
    },
    async stay(text, until) {
      shell.stdin.write(text);
      await waitFor(until, () => printed.err.includes(until), { withinMs: 40_000, seen });
    },
  };
}

/** Without what differs from run to run: ids, numbers, spans, the width of columns, empty lines. */
function normal(text: string): string {
  return text
    .replace(/\b[0-9a-hjkmnp-tv-z]{20}\b/g, 'ID')
    .replace(/\d+(\.\d+)? m?s\b/g, 'SPAN')
    .replace(/\d+/g, '0')
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '))
    .filter((line) => line !== '')
    .join('\n');
}

/** What the README shows as the answer to a block: the fence of text behind it. */
function shownAfter(block: Fence): string | undefined {
  const next = fences[fences.indexOf(block) + 1];
  return next?.info === 'text' ? next.text : undefined;
}

function fence(info: string): Fence {
  const found = fences.find((candidate) => candidate.info === info);
  if (found === undefined) throw new Error(`the README has no block "${info}"`);
  return found;
}

test('readme - every block is of a kind that is executed here', () => {
  const kinds = fences.map(({ info }) => info).filter((info) => info !== 'text');
  const [first, second, ...others] = kinds;
  expect([first, second]).toEqual(['sh', 'sh']);
  expect(new Set(others)).toEqual(new Set(['sh terminal-1', 'sh terminal-2', 'conf nats.conf', 'sh deployment']));
});

test('readme - the first command tells the story', async () => {
  const [first] = fences.filter(({ info }) => info === 'sh');
  expect(first?.text).toBe(`${install}npx steward demo\n`);
  const printed = await openTerminal().run('npx steward demo --once');
  const shown = normal(shownAfter(first ?? fence('sh')) ?? '');
  expect(normal(printed).slice(0, shown.length)).toBe(shown);
});

test('readme - the second command is what CI runs', () => {
  const [, second] = fences.filter(({ info }) => info === 'sh');
  expect(second?.text).toBe(`${install}npm test\n`);
  expect(readText('.ci/run')).toMatch(/^npm ci\nnpm test /m);
});

test('readme - two terminals, by hand', async () => {
  const port = String(await freePort());
  const place = (text: string): string => text.replaceAll('4222', port);
  await openTerminal().stay(
    `export STEWARD_BROKER_ADDRESS=nats://127.0.0.1:${port}\n${place(fence('sh terminal-1').text)}`,
    'link: up',
  );
  const second = openTerminal();
  await second.run(`export STEWARD_BROKER_ADDRESS=nats://127.0.0.1:${port}`);
  const blocks = fences.filter(({ info }) => info === 'sh terminal-2');
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const block of blocks) {
    const printed = await second.run(place(block.text));
    expect(normal(printed)).toBe(normal(shownAfter(block) ?? ''));
  }
}, 120_000);

test('readme - the broker for real machines lets the nodes speak, with no more than it grants', async () => {
  const port = String(await freePort());
  const place = (text: string): string => text.replaceAll('4222', port);
  writeFileSync(join(checkout, 'nats.conf'), place(fence('conf nats.conf').text));
  await openTerminal().stay(place(fence('sh deployment').text), 'link: up');
  const central = `mkdir -p other && cd other
export STEWARD_BROKER_PASSWORD='one secret'
steward node --node-name central --broker-user central --broker-address nats://127.0.0.1:${port}
`;
  await openTerminal().stay(central, 'link: up');
  const printed = await openTerminal().run('cd other && steward run ship1 -- echo it works');
  expect(printed).toContain('it works');
  expect(readFileSync(join(checkout, 'node/etc/config.toml'), 'utf8')).toContain('BrokerUser = "ship1"');
});
