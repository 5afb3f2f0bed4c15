// The posting of errors on a clock that the test moves: its pace in a storm, a server that is away, and what must not loop.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ErrorView } from '../../../src/contract/error-view.ts';
import { ErrorPost } from '../../../src/node/error-post/error-post.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { ManualTime } from '../../support/manual-time.ts';

type Parts = ConstructorParameters<typeof ErrorPost>[0];
type Ask = Parts['requests']['ask'];

let folder: string;
let time: ManualTime;
let rows: MemoryStore;
let reported: string[];
/** What each message held, and what becomes of it. */
let posted: ErrorView[][];
let answer: (id: string) => ReturnType<Ask>;
let post: ErrorPost;
let ids = 0;

const went: ReturnType<Ask> = Promise.resolve({ state: 'succeeded', reason: undefined, stdout: new Uint8Array(0) });
const refused: ReturnType<Ask> = Promise.resolve({ state: 'failed', reason: 'HTTP 503', stdout: new Uint8Array(0) });

const path = (): string => join(folder, 'errors-posted.json');

function create(): ErrorPost {
  return new ErrorPost({
    node: 'central',
    url: 'http://hooks.example.com/',
    path: path(),
    store: {
      view: (view: { readonly view: string; readonly after?: number; readonly limit: number }) => {
        const all = [...rows.errors()].sort((one, other) => one.changed - other.changed);
        const found = view.view === 'errors' ? all.reverse() : all.filter(({ changed }) => changed > (view.after ?? 0));
        return Promise.resolve(found.slice(0, view.limit));
      },
    } as unknown as Parts['store'],
    requests: {
      async ask({ body }, _signal, how) {
        ids += 1;
        how?.beforehand?.(String(ids));
        posted.push((JSON.parse(Buffer.from(body).toString()) as { errors: ErrorView[] }).errors);
        return answer(String(ids));
      },
      follow: async (id) => answer(id),
    },
    report: (code, _text, data) => {
      reported.push(code);
      expect(data).toMatchObject({ method: 'errorLog' });
      add('central', code);
    },
    clock: time,
    timers: time,
  });
}

function add(node: string, code: string, count = 1): void {
  const record = { node, kind: code, code, lane: null, id: null, text: code, hint: null, count, untold: 0 };
  rows.apply([{ op: 'error-add', record: { ...record, firstAt: 1, lastAt: time.wall() } }]);
  post.note({ type: 'errors' });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number, eachMs = 1_000): Promise<void> {
  for (let gone = 0; gone < ms; gone += eachMs) {
    time.advance(eachMs);
    await settle();
  }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-error-post-'));
  [time, rows, reported, posted] = [new ManualTime(), new MemoryStore(), [], []];
  answer = () => went;
  post = create();
  add('ship0', 'before');
  await post.begin();
  await settle();
});
afterEach(() => {
  post.close();
  rmSync(folder, { recursive: true, force: true });
});

test('error post - a new error is told within seconds, with what comes at the same time, and what was there before is not', async () => {
  add('ship1', 'busy', 3);
  add('ship2', 'internal');
  await pass(3_000);
  expect(posted).toEqual([
    [
      expect.objectContaining({ node: 'ship1', code: 'busy', count: 3, verdict: 'retry' }),
      expect.objectContaining({ node: 'ship2', code: 'internal', count: 1 }),
    ],
  ]);
  expect(posted[0]?.[0]).not.toHaveProperty('changed');
});

test('error post - a storm of an hour is a few messages, and the last of them has the whole count', async () => {
  for (let second = 0; second < 3_600; second += 1) {
    add('ship1', 'busy', 100);
    await pass(1_000);
  }
  await pass(3_700_000, 10_000);
  expect(posted.length).toBeLessThanOrEqual(8);
  expect(posted.at(-1)).toMatchObject([{ code: 'busy', count: 360_000 }]);
});

test('error post - ever new kinds are told at the pace of the allowance, 200 in a message, each of them', async () => {
  const kinds = 3_000;
  for (let number = 0; number < kinds; number += 1) {
    add('ship1', `kind-${number}`);
    if (number % 5 === 0) await pass(1_000);
  }
  await pass(1_200_000, 10_000);
  expect(new Set(posted.flat().map(({ code }) => code)).size).toBe(kinds);
  expect(Math.max(...posted.map((errors) => errors.length))).toBeLessThanOrEqual(200);
  expect(posted.length).toBeLessThanOrEqual(6 + (kinds / 5 + 1_200) / 60);
});

test('error post - what a server does not take is told again, later and later, with the counts of then; about that it says one thing, to nobody', async () => {
  answer = () => refused;
  add('ship1', 'busy');
  await pass(3_600_000, 5_000);
  const tries = posted.length;
  expect(tries).toBeGreaterThan(8);
  expect(tries).toBeLessThanOrEqual(20);
  add('ship1', 'busy', 4);
  answer = () => went;
  await pass(400_000, 5_000);
  expect(posted.at(-1)).toMatchObject([{ node: 'ship1', code: 'busy', count: 5 }]);
  expect(posted).toHaveLength(tries + 1);
  expect(posted.flat().filter(({ code }) => code === 'error-post-failed')).toEqual([]);
  expect(reported).toEqual(['error-post-failed']);
  answer = () => refused;
  add('ship1', 'internal');
  await pass(60_000);
  expect(reported).toEqual(['error-post-failed', 'error-post-failed']);
});

test('error post - the next life follows what is under way, and goes on behind it where that was taken', async () => {
  answer = () => new Promise(() => undefined);
  add('ship1', 'busy');
  await pass(5_000);
  add('ship1', 'internal');
  expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({ told: 1, next: { id: String(ids), upTo: 2 } });
  post.close();
  const followed: string[] = [];
  answer = (id) => {
    followed.push(id);
    return went;
  };
  const underWay = String(ids);
  post = create();
  await post.begin();
  await pass(5_000);
  expect(followed[0]).toBe(underWay);
  expect(posted.map((errors) => errors.map(({ code }) => code))).toEqual([['busy'], ['internal']]);
});

test('error post - what an earlier life had not yet submitted is told by the next', async () => {
  answer = () => new Promise(() => undefined);
  add('ship1', 'busy');
  await pass(5_000);
  post.close();
  post = create();
  answer = (id) =>
    id === String(ids) && posted.length === 1
      ? Promise.resolve({ state: 'unknown', reason: undefined, stdout: new Uint8Array(0) })
      : went;
  await post.begin();
  await pass(10_000);
  expect(posted.map((errors) => errors.map(({ code }) => code))).toEqual([['busy'], ['busy']]);
  expect(reported).toEqual([]);
});
