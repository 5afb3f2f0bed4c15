// A program that holds a store for a test: requests as lines of JSON on its input, answers and events as lines on its output.
// A process of its own, so that it can be killed, or kept from writing, without the test.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { StewardError } from '../../src/model/error.ts';
import type { StoreOp, StoreQuery } from '../../src/model/store-op.ts';
import { driverFor } from '../../src/store/driver.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { StoreAnswer } from '../../src/store/write-group.ts';

export type StoreRequest =
  | { readonly token: number; readonly commit: readonly StoreOp[]; readonly refusable: boolean }
  | { readonly token: number; readonly query: StoreQuery }
  | { readonly token: number; readonly counts: true }
  | { readonly token: number; readonly close: true };

export type StoreLine =
  | { readonly event: 'opened' | 'ready' | 'closed' }
  | { readonly event: 'stalled' | 'forgotten'; readonly reason: string }
  | { readonly event: 'failed'; readonly code: string; readonly message: string; readonly hint: string | undefined }
  | { readonly token: number; readonly result?: unknown; readonly error?: string };

const [path = '', thread = ''] = process.argv.slice(2);
const say = (line: StoreLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function fail(error: unknown): void {
  const known = error instanceof StewardError ? error : undefined;
  say({ event: 'failed', code: known?.code ?? 'none', message: String(error), hint: known?.hint });
  process.exitCode = 1;
}

try {
  const store = openStore({
    path,
    driver: driverFor(process.versions.node),
    checkpointThread: pathToFileURL(thread),
    clock: systemClock,
    timers: systemTimers,
    onStalled: (reason) => say({ event: 'stalled', reason }),
    onReady: () => say({ event: 'ready' }),
    onForgotten: (reason) => say({ event: 'forgotten', reason }),
    onFailed: fail,
  });
  say({ event: 'opened' });
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const request = JSON.parse(line) as StoreRequest;
    const { token } = request;
    const answer: StoreAnswer = (result, error) => say({ token, result, ...(error === undefined ? {} : { error }) });
    if ('commit' in request) store.commit(request.commit, request, answer);
    else if ('query' in request) store.query(request.query, answer);
    else if ('counts' in request)
      void store.view({ view: 'counts' }).then(answer, (error: unknown) => answer(undefined, String(error)));
    else break;
  }
  await store.close();
  say({ event: 'closed' });
  lines.close();
  process.stdin.destroy();
} catch (error) {
  fail(error);
}
