import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenApi, type ApiServer } from '../../src/api/serve-api.ts';
import type { Output } from '../../src/api/service.ts';
import { createLog } from '../../src/base/log.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { MessageView } from '../../src/contract/message-view.ts';
import { StewardError } from '../../src/model/error.ts';
import { configOptions, type ConfigOption } from '../../src/node/config/options.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFakeService, id, refusal, succeeded, viewOf, type FakeService } from '../unit/api/fake-service.ts';
import { createFakeTerminal, type FakeTerminal, type FakeTerminalOptions } from '../unit/cli/fake-terminal.ts';

let folder: string;
let service: FakeService;
let server: ApiServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-cli-'));
  service = createFakeService();
  const log = createLog({ write: () => {}, now: () => 0, format: 'text', level: 'error' });
  server = await listenApi({ path: join(folder, 'steward-api.sock'), service, log });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function ended(status: Promise<number>, terminal: FakeTerminal): Promise<Ended> {
  const code = await status;
  return { status: code, out: terminal.printed.out.toString(), err: terminal.printed.err.toString() };
}

/** Runs a command against the fake node, found by STEWARD_SOCKET. */
function steward(args: readonly string[], options: FakeTerminalOptions = {}): Promise<Ended> {
  const terminal = createFakeTerminal({ env: { STEWARD_SOCKET: folder }, ...options });
  return ended(runCli(args, terminal), terminal);
}

function end(view: MessageView, output: Partial<Output> = {}): void {
  const { stdout = Buffer.of(), stderr = Buffer.of() } = output;
  const outcome = {
    ...(view.outcome ?? { state: 'failed' as const }),
    stdoutBytes: stdout.length,
    stderrBytes: stderr.length,
  };
  service.outputs.set(view.id, { stdout, stderr, outcome });
  service.change({ ...view, outcome });
}

function submitted(): unknown {
  return JSON.parse(Buffer.from(service.submissions.at(-1)?.bytes ?? []).toString());
}

describe('wrong use', () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /no command was given.*steward --help/],
    ['an unknown command', ['stats'], /unknown command 'stats'.*status.*steward --help/],
    ['an unknown option', ['status', '--jsn'], /unknown option '--jsn'.*--json.*steward status --help/],
    ['a missing file name', ['send'], /missing required argument 'file'.*steward send --help/],
    ['a wrong number', ['run', 'ship1', '--timeout', 'soon', '--', 'true'], /span of time.*steward run --help/],
    [
      'a timeout of nothing',
      ['run', 'ship1', '--timeout', '0', '--', 'true'],
      /no time at all: leave it out .*-1 for no limit/,
    ],
    ['a timeout of longer than a life', ['run', 'ship1', '--timeout', '9999d', '--', 'true'], /at most ten years.*-1/],
    ['a time to expire of nothing', ['run', 'ship1', '--expires', '0', '--', 'true'], /no time at all: leave it out/],
    ['a time to expire that is too long', ['run', 'ship1', '--expires', '9999d', '--', 'true'], /at most ten years/],
    ['no fact', ['run', 'ship1', '--only-if-fact', '=x', '--', 'true'], /FACT=VALUE/],
    ['facts of no node', ['facts', ','], /no node is named/],
    ['a wrong node name', ['run', 'ship 1', '--', 'true'], /"ship 1" cannot be a node name.*try "ship-1"/],
    ['a wrong id', ['status', '../info'], /no message id/],
    ['an unknown id', ['status', id(7)], /knows no message .*KeepMessages/],
    ['a file that is not there', ['send', '/nowhere/message.json'], /there is no file \/nowhere\/message.json/],
    ['a wrong port', ['broker', '--port', '99999'], /0 to 65535.*steward broker --help/],
  ];

  test.each(wrong)('wrong use - %s is one line that says what to do, and status 2', async (_what, args, text) => {
    const { status, err } = await steward(args);
    expect(err).toMatch(/^steward: [^\n]*\n$/);
    expect(err).toMatch(text);
    expect(status).toBe(2);
  });

  test('wrong use - without a node every command that needs one ends with 3 and says how to start it', async () => {
    for (const args of [['status'], ['nodes'], ['errors'], ['output', id(1)], ['run', 'ship1', '--', 'true']]) {
      const { status, err, out } = await steward(['--socket', join(folder, 'elsewhere'), ...args]);
      expect({ status, out }).toEqual({ status: 3, out: '' });
      expect(err).toMatch(/^steward: no node answers on .*elsewhere\/steward-api.sock .*steward node.*--socket.*\n$/);
    }
  });

  test('wrong use - text of a node cannot steer the terminal', async () => {
    service.onSubmit = () => {
      throw new StewardError('invalid-message', 'bad\u001b[2J\nnews', { hint: 'go\u0007' });
    };
    const { err } = await steward(['send', '-'], { input: '[]' });
    expect(err).toBe('steward: standard input: bad\\x1b[2J news (go\\x07)\n');
  });
});

describe('help', () => {
  test.each(['send', 'run', 'status', 'output', 'nodes', 'errors', 'broker', 'demo'])(
    'help - steward %s --help teaches with an example and names the exit statuses',
    async (name) => {
      const { status, out, err } = await steward([name, '--help']);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('Example:');
      expect(out).toContain(`$ steward ${name}`);
      expect(out).toContain('Exit status: 0');
    },
  );

  test('help - steward --help lists every command', async () => {
    const { status, out } = await steward(['--help']);
    expect(status).toBe(0);
    for (const name of ['demo', 'node', 'broker', 'send', 'run', 'status', 'output', 'nodes', 'errors', 'config']) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });
});

describe('steward send', () => {
  test('send - submits a file as it is, and prints one id a line', async () => {
    const file = join(folder, 'message.yaml');
    writeFileSync(file, '- toNode: ship1 # ü\n');
    service.onSubmit = () => [id(1), id(2)];
    expect(await steward(['send', file])).toEqual({ status: 0, out: `${id(1)}\n${id(2)}\n`, err: '' });
    expect(Buffer.from(service.submissions[0]?.bytes ?? []).toString()).toBe('- toNode: ship1 # ü\n');
  });

  test('send - reads standard input, and gives ids as JSON', async () => {
    const { out } = await steward(['send', '-', '--json'], { input: '[{}]' });
    expect(JSON.parse(out)).toEqual({ ids: [id(1)], submission: id(1) });
    expect(submitted()).toEqual([{}]);
  });

  test('send - a mistake in the file is named with file, line, column and field', async () => {
    service.onSubmit = refusal;
    const file = join(folder, 'message.json');
    writeFileSync(file, '[]');
    const { status, err } = await steward(['send', file]);
    expect(status).toBe(2);
    expect(err).toBe(`steward: ${file}, line 3, column 5, field method: there is no method "cliComand" (cliCommand)\n`);
  });

  test('run - a mistake in an option is named with its field, and with no line that nobody wrote', async () => {
    service.onSubmit = refusal;
    const { status, err } = await steward(['run', 'ship1', '--', 'date']);
    expect(status).toBe(2);
    expect(err).toBe('steward: field method: there is no method "cliComand" (cliCommand)\n');
  });

  test('send - a store that cannot write is status 4', async () => {
    service.onSubmit = () => {
      throw new StewardError('store-unavailable', 'the disk is full');
    };
    expect((await steward(['send', '-'])).status).toBe(4);
  });

  test('send - --wait ends when the reply was handled, not before', async () => {
    service.onSubmit = () => {
      service.views.set(id(1), viewOf({ id: id(1) }));
      return [id(1)];
    };
    const terminal = createFakeTerminal({ env: { STEWARD_SOCKET: folder }, isTerminal: true });
    const run = ended(runCli(['send', '-', '--wait'], terminal), terminal);
    const shows = (text: string): Promise<unknown> => waitFor(text, () => terminal.printed.err.includes(text));
    await shows('waiting for 1 of 1: ship1 queued');
    service.change(succeeded({ id: id(1), reply: { method: 'fileAppend', state: 'pending' } }));
    await shows('ship1 succeeded, its reply is on its way');
    service.change(succeeded({ id: id(1), reply: { method: 'fileAppend', state: 'handled' } }));
    const { status, out } = await run;
    expect(status).toBe(0);
    expect(out).toBe(`${id(1)}\n${id(1)}  ship1  cliCommand  succeeded  exit 0  12 ms  fileAppend handled\n`);
  });

  test('send - --wait is status 1 where one of several failed, and --json gives each as it ends', async () => {
    service.onSubmit = () => {
      service.views.set(id(1), succeeded({ id: id(1) }));
      service.views.set(id(2), viewOf({ id: id(2), state: 'expired' }));
      return [id(1), id(2)];
    };
    const { status, out } = await steward(['send', '-', '--wait', '--json']);
    expect(status).toBe(1);
    const views = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as MessageView);
    expect(views.map(({ state }) => state)).toEqual(['succeeded', 'expired']);
  });
});

describe('steward status --state', () => {
  test('status - lists the messages in a state, the oldest first, with the reason', async () => {
    const history = [{ at: Date.UTC(2026, 0, 1), state: 'unknown' as const }];
    service.views.set(id(1), viewOf({ id: id(1), state: 'unknown', reason: 'ship1 lost its store', history }));
    service.views.set(id(2), viewOf({ id: id(2) }));
    service.views.set(id(3), viewOf({ id: id(3), to: 'ship2', method: 'ping', state: 'unknown', history }));
    const { status, out } = await steward(['status', '--state', 'unknown']);
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.replace(/\S+ \d\d:\d\d:\d\d\S*/, 'TIME').replace(/ +/g, ' '))).toEqual([
      'MESSAGE TO METHOD SINCE WHY',
      `${id(1)} ship1 cliCommand TIME ship1 lost its store`,
      `${id(3)} ship2 ping TIME`,
      '',
    ]);
  });

  test('status - gives the list as JSON, and says where there is none', async () => {
    service.views.set(id(1), viewOf({ id: id(1), state: 'failed' }));
    const { out } = await steward(['status', '--state', 'failed', '--json']);
    expect(JSON.parse(out)).toMatchObject({ messages: [{ id: id(1), state: 'failed' }], more: false });
    expect((await steward(['status', '--state', 'unknown'])).out).toBe('no message is unknown\n');
  });

  test('status - refuses what is no state, and an id beside one', async () => {
    const wrong = await steward(['status', '--state', 'lost']);
    expect(wrong.status).toBe(2);
    expect(wrong.err).toMatch(/lost.*queued.*unknown/);
    expect((await steward(['status', id(1), '--state', 'unknown'])).status).toBe(2);
  });
});

describe('steward run', () => {
  /** Two nodes: ship1 succeeds with output, ship2 fails. */
  function answerBoth(): void {
    service.onSubmit = () => {
      end(succeeded({ id: id(1) }), { stdout: Buffer.from('one\u001b[31m\n'), stderr: Buffer.from('careful') });
      const outcome = { state: 'failed', exitCode: 3, durationMs: 4, stdoutBytes: 0, stderrBytes: 0 } as const;
      end(viewOf({ id: id(2), to: 'ship2', state: 'failed', outcome }));
      return [id(1), id(2)];
    };
  }

  test('run - sends the words after -- as they are, unordered, without a reply', async () => {
    await steward([
      'run',
      'ship1,ship2',
      '--timeout',
      '30',
      '--expires',
      '60',
      '--no-wait',
      '--',
      'ls',
      '-l',
      '--json',
      '--',
      '*',
    ]);
    expect(submitted()).toEqual([
      {
        toNodes: ['ship1', 'ship2'],
        method: 'nCliCommand',
        methodArgs: ['ls', '-l', '--json', '--', '*'],
        replyMethod: 'none',
        methodTimeout: 30,
        expires: 60,
      },
    ]);
  });

  test('run - --ordered takes the ordered lane, --no-wait prints the ids', async () => {
    const { status, out } = await steward(['run', 'ship1', '--ordered', '--timeout', '-1', '--no-wait', '--', 'true']);
    expect({ status, out }).toEqual({ status: 0, out: `${id(1)}\n` });
    expect(submitted()).toMatchObject([{ method: 'cliCommand', methodTimeout: -1 }]);
  });

  test('run - each output under its name, then a table, and status 1 where one failed', async () => {
    answerBoth();
    const { status, out, err } = await steward(['run', 'ship1,ship2', '--', 'true']);
    expect(status).toBe(1);
    expect(out).toBe(
      [
        '== ship1: succeeded',
        'one\u001b[31m',
        '== ship2: failed',
        '',
        'NODE   STATE      EXIT  DURATION',
        'ship1  succeeded  0     12 ms',
        'ship2  failed     3     4 ms',
        '',
      ].join('\n'),
    );
    expect(err).toBe('== ship1: stderr\ncareful\n');
  });

  test('run - on a terminal the output of a node steers nothing', async () => {
    answerBoth();
    const { out } = await steward(['run', 'ship1,ship2', '--', 'true'], { isTerminal: true });
    expect(out).toContain('one\\x1b[31m\n');
  });

  test('run - --json gives one object an answer, and bytes that are no text as base64', async () => {
    service.onSubmit = () => {
      end(succeeded({ id: id(1) }), { stdout: Buffer.from('tä\n'), stderr: Buffer.of(255) });
      return [id(1)];
    };
    const { status, out } = await steward(['run', 'ship1', '--json', '--', 'true']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      node: 'ship1',
      id: id(1),
      exitCode: 0,
      stdout: 'tä\n',
      stderrBase64: '/w==',
    });
  });

  test('run - Ctrl-C detaches, shows what came, and says how to look again', async () => {
    service.onSubmit = () => {
      end(succeeded({ id: id(1) }));
      service.views.set(id(2), viewOf({ id: id(2), to: 'ship2', waiting: 'node offline' }));
      return [id(1), id(2)];
    };
    const terminal = createFakeTerminal({ env: { STEWARD_SOCKET: folder }, isTerminal: true });
    const run = ended(runCli(['run', 'ship1,ship2', '--', 'true'], terminal), terminal);
    await waitFor('the line of progress', () => terminal.printed.err.includes('ship2 queued, node offline'));
    expect(terminal.interrupt()).toBe(true);
    const { status, out, err } = await run;
    expect(status).toBe(130);
    expect(out).toContain('ship1  succeeded  0     12 ms');
    expect(err).toContain(`steward status ${id(2)}\n`);
    await waitFor('the watch to end', () => service.listeners.size === 0);
  });
});

describe('steward run --stream', () => {
  test('run - --stream says for whom it waits, and nothing of it once output comes', async () => {
    service.onSubmit = () => {
      service.views.set(id(1), viewOf({ id: id(1), waiting: 'node offline' }));
      return [id(1)];
    };
    Object.assign(service, { streamedOutput: () => Promise.resolve(new Uint8Array()) });
    const terminal = createFakeTerminal({ env: { STEWARD_SOCKET: folder }, isTerminal: true });
    const run = ended(runCli(['run', '--stream', 'ship1', '--', 'true'], terminal), terminal);
    await waitFor('the line of progress', () => terminal.printed.err.includes('waiting for ship1, node offline'));
    service.change(viewOf({ id: id(1), state: 'running' }));
    await waitFor('it to go', () => terminal.printed.err.toString().endsWith('\r\u001b[K'));
    expect(terminal.interrupt()).toBe(true);
    expect((await run).status).toBe(130);
  });
});

describe('steward status', () => {
  test('status - counts what there is, and gives every state as JSON', async () => {
    service.views.set(id(1), viewOf({ id: id(1) }));
    service.views.set(id(2), succeeded({ id: id(2) }));
    const { out } = await steward(['status']);
    expect(out).toMatch(
      /^node {3}central\nlink {3}up since .*, nats:.*\nstore {2}ok\n\nqueued {5}1\nsucceeded {2}1\n$/,
    );
    const json = JSON.parse((await steward(['status', '--json'])).out) as Record<string, unknown>;
    expect(json).toMatchObject({ counts: { queued: 1, expired: 0 }, waitingReplies: 0, info: { node: 'central' } });
  });

  test('status - shows one message with its history', async () => {
    const history = [
      { at: 1000, state: 'queued', note: 'node\u001b offline' },
      { at: 2000, state: 'running' },
    ] as const;
    service.views.set(id(1), succeeded({ id: id(1), args: ['echo', 'a b'], history: [...history] }));
    const { out, status } = await steward(['status', id(1)]);
    expect(status).toBe(0);
    expect(out).toContain('arguments  ["echo","a b"]\n');
    expect(out).toMatch(/^\d{4}-.*01\.000 {2}queued {3}node\\x1b offline$/m);
    expect(out).toMatch(/^\d{4}-.*02\.000 {2}running$/m);
    expect(JSON.parse((await steward(['status', id(1), '--json'])).out)).toMatchObject({ id: id(1), history });
  });

  test('status - --socket takes a folder or a socket, before or after the command, and wins over the environment', async () => {
    const env = { STEWARD_SOCKET: join(folder, 'elsewhere') };
    expect((await steward(['status'], { env })).status).toBe(3);
    expect((await steward(['status', '--socket', folder], { env })).status).toBe(0);
    expect((await steward(['--socket', join(folder, 'steward-api.sock'), 'status'], { env })).status).toBe(0);
  });
});

describe('steward output', () => {
  test('output - each stream goes to its own, byte for byte, and the status says how the message ended', async () => {
    end(succeeded({ id: id(1) }), { stdout: Buffer.from('a\u0000\u001b'), stderr: Buffer.from('e') });
    expect(await steward(['output', id(1)])).toEqual({ status: 0, out: 'a\u0000\u001b', err: 'e' });
    end(viewOf({ id: id(2), state: 'timedOut' }), { stdout: Buffer.from('part') });
    expect(await steward(['output', id(2)])).toEqual({ status: 1, out: 'part', err: '' });
  });

  test('output - on a terminal control characters are shown', async () => {
    end(succeeded({ id: id(1) }), { stdout: Buffer.from('a\u001b[2J') });
    expect((await steward(['output', id(1)], { isTerminal: true })).out).toBe('a\\x1b[2J');
  });

  test('output - of a message that runs is refused with its state', async () => {
    service.views.set(id(1), viewOf({ id: id(1), state: 'running' }));
    const { status, err } = await steward(['output', id(1)]);
    expect(status).toBe(2);
    expect(err).toContain('it is running');
  });
});

test('steward nodes - lists who is here, who is not, and what waits', async () => {
  service.nodeViews = [
    {
      name: 'ship1',
      presence: 'online',
      since: 0,
      lastHeardAt: 0,
      queued: 0,
      version: '0.1.0',
      groups: ['north', 'x'],
    },
    { name: 'ship2', presence: 'unknown', queued: 12, oldestQueuedAt: Date.now() - 90_000_000 },
  ];
  const { out } = await steward(['nodes']);
  expect(out).toMatch(/^NODE {3}PRESENCE {2}SINCE .* QUEUED {2}OLDEST {3}VERSION {2}GROUPS\n/);
  expect(out).toMatch(/^ship1 {2}online .* 0 {2}- {8}0\.1\.0 {4}north, x$/m);
  expect(out).toMatch(/^ship2 {2}unknown .* 12 {2}1 d 1 h {2}- {8}-$/m);
  expect(JSON.parse((await steward(['nodes', '--json'])).out)).toEqual(service.nodeViews);
});

describe('steward config', () => {
  test('config - shows each value with its source, and writes nothing', async () => {
    const { status, out } = await steward(['config', '--config-folder', folder, '-nodeName', 'ship1', '--json'], {
      env: { STEWARD_DRAIN: '3' },
    });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      NodeName: { value: 'ship1', source: 'flag' },
      Drain: { source: 'environment' },
      LogLevel: { value: 'info', source: 'default' },
    });
    expect(readdirSync(folder)).toEqual(['steward-api.sock']);
    expect((await steward(['config', '--config-folder', folder])).out).toMatch(/^LogLevel +info +default$/m);
  });

  test('config - an option that is not there, and a wrong value, are status 2', async () => {
    expect(await steward(['config', '--nodename2', 'x'])).toMatchObject({ status: 2, out: '' });
    const { status, err } = await steward(['config', '--config-folder', folder, '--log-level', 'loud']);
    expect(status).toBe(2);
    expect(err).toMatch(/^steward: .*debug.*\n$/);
  });

  test('config - --help names every option', async () => {
    const { status, out } = await steward(['config', '--help']);
    expect(status).toBe(0);
    for (const { flag, only } of configOptions as readonly ConfigOption[]) {
      if (only !== 'environment') expect(out).toContain(`  ${flag} <`);
    }
  });
});
