// What somebody types who does it for the first time: each mistake is one line, and says what to do.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { createFakeTerminal } from '../unit/cli/fake-terminal.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function steward(...args: readonly string[]): Promise<{ status: number; err: string; out: string }> {
  const terminal = createFakeTerminal();
  const status = await runCli(args, terminal);
  return { status, err: terminal.printed.err.toString(), out: terminal.printed.out.toString() };
}

/** The folder of the test as `~`. */
async function mistake(...args: readonly string[]): Promise<string> {
  const { status, err, out } = await steward(...args);
  expect(status).toBe(2);
  expect(out).toBe('');
  return err.replaceAll(folder, '~');
}

describe('a command without "--" before it', () => {
  test.each([
    [['run', 'ship1', 'ls', '-la']],
    [['run', 'ship1', 'df', '-h']],
    [['run', '--timeout', '30', 'ship1', 'ls', '--all']],
    [['--socket', '/nowhere', 'run', 'ship1', '--no-wait', 'grep', '-c', 'x', '/etc/hosts']],
  ])('run - %j is told to put "--" before it', async (args) => {
    const command = args.slice(args.findIndex((word) => ['ls', 'df', 'grep'].includes(word)));
    const { err } = await steward(...args);
    expect(err).toBe(
      `steward: "${command[1]}" looks like an option of steward (put "--" before the command: steward run ship1 -- ${command.join(' ')})\n`,
    );
  });

  test.each([
    [['run', 'ship1', 'uptime']],
    [['run', 'ship1', 'uptime', '--json']],
    [['run', 'ship1', '--timeout', '30', '--', 'df', '-h']],
    [['run', '--ordered', '--expires=2d', 'ship1', '--', 'ls', '-la']],
  ])('run - %j is taken', async (args) => {
    const { err } = await steward('--socket', join(folder, 'none.sock'), ...args);
    expect(err).toMatch(/^steward: no node answers on /);
  });

  test('run - its help is still asked for with --help', async () => {
    for (const args of [
      ['run', '--help'],
      ['run', 'ship1', '-h'],
    ])
      expect((await steward(...args)).out).toMatch(/^Usage: steward run/);
  });
});

describe('a wrong path', () => {
  test('socket - that of the intake is told from that of the API by its name', async () => {
    expect(await mistake('status', '--socket', join(folder, 'steward.sock'))).toBe(
      'steward: ~/steward.sock takes message files only (name the other socket: --socket ~/steward-api.sock)\n',
    );
  });

  test('socket - below a file there is none', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { status, err } = await steward('status', '--socket', join(folder, 'file', 'x.sock'));
    expect(status).toBe(3);
    expect(err).toMatch(/^steward: no node answers on /);
  });

  test('send - a file that is not there, and a folder, are named as such', async () => {
    const hint = '(name a message file, or "-" for standard input)';
    expect(await mistake('send', join(folder, 'message.json'))).toBe(
      `steward: there is no file ~/message.json ${hint}\n`,
    );
    expect(await mistake('send', folder)).toBe(`steward: ~ is a folder ${hint}\n`);
    writeFileSync(join(folder, 'file'), '');
    expect(await mistake('send', join(folder, 'file', 'x'))).toBe(
      `steward: a part of the path ~/file/x is a file ${hint}\n`,
    );
  });

  test.each([
    ['--socket-folder', 'SocketFolder'],
    ['--database-folder', 'DatabaseFolder'],
    ['--subscribers-data-folder', 'SubscribersDataFolder'],
  ])('node - a file where %s needs a folder is named', async (flag, key) => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below')])
      expect(await mistake('config', '--config-folder', folder, flag, path)).toMatch(
        new RegExp(`^steward: field ${key}: ~/file is a file, where a folder is needed \\(.*${flag}.*\\)\n$`),
      );
  });

  test('config - a file where its folder should be is named, and a folder where its file should be', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await mistake('config', '--config-folder', join(folder, 'file'))).toBe(
      'steward: ~/file/config.toml: the file cannot be read: a part of the path ~/file/config.toml is a file\n',
    );
    mkdirSync(join(folder, 'config.toml'));
    expect(await mistake('config', '--config-folder', folder)).toBe(
      'steward: ~/config.toml: the file cannot be read: ~/config.toml is a folder\n',
    );
  });
});
