// The errors of a node over its socket, and on the command line.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenApi, type ApiServer } from '../../src/api/serve-api.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { createClient, type Client } from '../../src/client/client.ts';
import type { ErrorView } from '../../src/contract/error-view.ts';
import { quietLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFakeService, type FakeService } from '../unit/api/fake-service.ts';
import { createFakeTerminal, type FakeTerminal } from '../unit/cli/fake-terminal.ts';

let folder: string;
let service: FakeService;
let server: ApiServer;
let client: Client;

const listen = (): Promise<ApiServer> => listenApi({ path: join(folder, 'steward-api.sock'), service, log: quietLog });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-errors-'));
  service = createFakeService();
  server = await listen();
  client = createClient({ socketPath: join(folder, 'steward-api.sock') });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function errorOf(changed: number, change: Partial<ErrorView> = {}): ErrorView {
  const text = `something went wrong ${changed}`;
  return {
    node: 'ship1',
    code: 'link-down',
    text,
    count: 1,
    firstAt: 1000,
    lastAt: 1000 + changed,
    changed,
    ...change,
  };
}

function start(...args: readonly string[]): { readonly terminal: FakeTerminal; readonly status: Promise<number> } {
  const terminal = createFakeTerminal({ env: { STEWARD_SOCKET: folder } });
  return { terminal, status: runCli(['errors', ...args], terminal) };
}

async function steward(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const { terminal, status } = start(...args);
  return { status: await status, out: terminal.printed.out.toString(), err: terminal.printed.err.toString() };
}

describe('steward errors', () => {
  test('errors - a table, the newest last, with the lane and the hint', async () => {
    service.errorViews = [
      errorOf(1, { lane: 'cliCommand', hint: 'look there', count: 10_000 }),
      errorOf(2, { node: 'ship22', code: 'store-unavailable' }),
    ];
    const { status, out } = await steward();
    expect(status).toBe(0);
    expect(out).toMatch(
      /^TIME +NODE +CODE +COUNT +TEXT\n\S+ \S+ +ship1 +link-down +10000 +something went wrong 1, lane cliCommand \(look there\)\n\S+ \S+ +ship22 +store-unavailable +1 +something went wrong 2\n$/,
    );
    const shown = JSON.parse((await steward('--json')).out) as unknown;
    expect(shown).toEqual({ errors: service.errorViews, more: false });
  });

  test('errors - picks by node, code and time', async () => {
    const now = Date.now();
    service.errorViews = [
      errorOf(1, { lastAt: now - 90_000 }),
      errorOf(2, { lastAt: now, node: 'ship2' }),
      errorOf(3, { lastAt: now, code: 'internal' }),
    ];
    const changes = async (...args: readonly string[]): Promise<readonly number[]> =>
      (JSON.parse((await steward('--json', ...args)).out) as { errors: ErrorView[] }).errors.map((one) => one.changed);
    expect(await changes('--node', 'ship2')).toEqual([2]);
    expect(await changes('--code', 'internal')).toEqual([3]);
    expect(await changes('--since', '1m')).toEqual([2, 3]);
    expect(await changes('--since', '1m', '--node', 'ship1', '--code', 'link-down')).toEqual([]);
  });

  test('errors - where there is none it says so, and of what', async () => {
    expect((await steward()).out).toBe('no errors\n');
    expect((await steward('--node', 'ship1', '--since', '90m')).out).toBe('no error of ship1 within 90m\n');
  });

  test('errors - --code says what it means and what to do, also where there is none', async () => {
    const { status, out } = await steward('--code', 'method-retried');
    expect(status).toBe(0);
    expect(out).toMatch(
      /^method-retried +the node tries again by itself\ncause +.*\nremedy +.*\n\nno error of the code method-retried\n$/,
    );
  });

  test('errors - a code that there is not is a slip, unless a newer node has it', async () => {
    expect(await steward('--code', 'link-dwn')).toEqual({
      status: 2,
      out: '',
      err: 'steward: there is no error "link-dwn" (did you mean link-down?)\n',
    });
    service.errorViews = [errorOf(1, { code: 'from-the-future' })];
    expect((await steward('--code', 'from-the-future')).out).toMatch(
      /^from-the-future: this version does not know it\n/,
    );
  });

  test('errors - a wrong span is wrong use', async () => {
    expect(await steward('--since', 'yesterday')).toMatchObject({ status: 2, out: '' });
  });

  test('errors - --follow shows what is there, then each as it comes, until Ctrl-C', async () => {
    service.errorViews = [errorOf(1)];
    const { terminal, status } = start('--follow', '--node', 'ship1');
    const printed = (): string => terminal.printed.out.toString();
    await waitFor('the watch to begin', () => service.listeners.size === 1);
    service.reported(errorOf(2, { node: 'ship2' }));
    service.reported(errorOf(3, { lane: 'ping' }));
    await waitFor('the next one', () => printed().includes('something went wrong 3, lane ping'));
    service.reported(errorOf(4, { text: 'something went wrong 3', count: 7 }));
    await waitFor('it to come again', () => / 7 +something went wrong 3\n$/.test(printed()));
    expect(terminal.interrupt()).toBe(true);
    expect(await status).toBe(130);
    expect(printed()).not.toContain('ship2');
    expect(printed().match(/something went wrong 1/g)).toHaveLength(1);
    await waitFor('the watch to end', () => service.listeners.size === 0);
  });
});

describe('the stream of errors', () => {
  test('error events - what comes while the list is being read is not missed', async () => {
    const read = service.changedErrors.bind(service);
    service.changedErrors = async (wanted) => {
      const found = await read(wanted);
      if (wanted.after < 3) service.reported(errorOf(wanted.after + 2));
      return found;
    };
    service.errorViews = [errorOf(1)];
    const seen: number[] = [];
    for await (const { changed } of client.followErrors({ after: 0 }, { signal: new AbortController().signal })) {
      seen.push(changed);
      if (changed === 4) break;
    }
    expect(seen.at(-1)).toBe(4);
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  });

  test('error events - a node that restarts is found again, and nothing is told twice or missed', async () => {
    service.errorViews = [errorOf(1)];
    const away: string[] = [];
    const seen: number[] = [];
    const signal = new AbortController().signal;
    const onAway = (error: { readonly code: string } | undefined): unknown => away.push(error?.code ?? 'back');
    for await (const { changed } of client.followErrors({ after: 0 }, { signal, onAway })) {
      seen.push(changed);
      if (changed === 2) break;
      await server.close();
      service.reported(errorOf(2));
      server = await listen();
    }
    expect(seen).toEqual([1, 2]);
    expect(away.at(-1)).toBe('back');
  });

  test('error events - a quiet node that restarts before anything came is found again', async () => {
    const seen = (async () => {
      for await (const { changed } of client.followErrors({ after: 0 }, { signal: new AbortController().signal }))
        return changed;
      return undefined;
    })();
    await waitFor('the watch to begin', () => service.listeners.size === 1);
    await server.close();
    server = await listen();
    await waitFor('the watch to begin again', () => service.listeners.size === 1);
    service.reported(errorOf(5));
    expect(await seen).toBe(5);
  });

  test('error events - a node that has lost its store meanwhile is followed from the beginning of its new one', async () => {
    service.errorViews = [errorOf(1), errorOf(2)];
    const seen: number[] = [];
    for await (const { changed } of client.followErrors({ after: 4711 }, { signal: new AbortController().signal })) {
      seen.push(changed);
      if (changed === 2) break;
    }
    expect(seen).toEqual([1, 2]);
  });

  test('error events - a wrong number or time is wrong use', async () => {
    await expect(client.errors({ since: -1 })).rejects.toMatchObject({ code: 'invalid-usage' });
    const following = client.followErrors({ after: 0.5 }, { signal: new AbortController().signal });
    await expect(following.next()).rejects.toMatchObject({ code: 'invalid-usage' });
  });
});
