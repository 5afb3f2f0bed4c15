// Late joiners over time: a real flow and a real store; the engine between them may refuse, or be slow.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FlowEvent } from '../../../src/flow/event.ts';
import { parsingOf } from '../../../src/intake/parse-message-file.ts';
import { atOnce } from '../../../src/base/turns.ts';
import { openGroups, WrittenGroups } from '../../../src/node/groups.ts';
import { LateJoiners } from '../../../src/node/late-joiners.ts';
import { driverFor } from '../../../src/store/driver.ts';
import { SqliteStore } from '../../../src/store/sqlite-store.ts';
import { answerView } from '../../../src/store/view.ts';
import { text } from '../../../src/store/value.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { MemoryEngine } from '../../support/memory-engine.ts';
import { succeeded } from '../../support/simulated-methods.ts';
import { defaults } from '../intake/parse.ts';

let folder: string;
let store: SqliteStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'late-joiners-'));
  store = new SqliteStore(':memory:', driverFor(process.versions.node));
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

interface Scene {
  readonly time: ManualTime;
  readonly late: LateJoiners;
  /** Who got what, in its order. */
  readonly sent: readonly string[];
  /** `meanwhile`: until its commit is durable. */
  readonly submit: (file: object, meanwhile?: () => void) => string;
  readonly refuse: (refuses: boolean) => void;
  readonly warnings: readonly string[];
  /** What the store was asked. */
  readonly views: readonly string[];
}

/** All that follows from what has been done. */
const quiet = async (): Promise<void> => {
  for (let round = 0; round < 30; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

function scene(): Scene {
  const time = new ManualTime();
  const engine = new MemoryEngine({
    node: 'central',
    version: 'test',
    methods: { kindOf: () => 'inline', runInline: () => succeeded('') },
    maxRunning: 1,
    perform: () => undefined,
  });
  engine.handle({ type: 'start' });
  const { flow } = engine;
  const sent: string[] = [];
  const warnings: string[] = [];
  let refuses = false;
  const apply = (event: FlowEvent): void => {
    if (event.type !== 'submit') return engine.handle(event);
    if (refuses) return event.answer({ type: 'refused', code: 'queue-full', reason: 'it is full', hint: 'wait' });
    for (const { message } of event.messages) sent.push(`${message.to} ${message.args.join(' ')}`);
    store.begin();
    Array.from(store.apply(event.ops ?? []));
    store.end();
    event.answer({ type: 'accepted', ids: event.messages.map(({ message }) => message.id) });
  };
  const groups = { configFolder: folder, heardOf: () => [...flow.knownPeers().values()] };
  const views: string[] = [];
  const view = ((wanted) => {
    views.push(wanted.view);
    return Promise.resolve(answerView(store, wanted));
  }) as Store['view'];
  const late = new LateJoiners({
    node: 'central',
    central: 'central',
    flow: { ...engineFlow(engine), nodeTime: () => time.monotonic() },
    engine: { handle: apply },
    store: { view },
    timers: time,
    clock: time,
    defaults,
    groups: new WrittenGroups(groups),
    warn: (said, data) => void warnings.push(`${said}: ${JSON.stringify(data)}`),
  });
  return {
    time,
    late,
    sent,
    warnings,
    views,
    refuse: (now) => (refuses = now),
    submit(file, meanwhile) {
      const parsed = atOnce(
        parsingOf(JSON.stringify(file), { defaults: { ...defaults, node: 'central', membersOf: openGroups(groups) } }),
      );
      const messages = parsed.drafts.map((draft) => flow.newMessage(draft));
      const standing = late.standing(parsed, messages);
      if (standing === undefined) throw new Error('it goes to nobody else');
      meanwhile?.();
      apply({ type: 'submit', messages, ...standing.of, answer: () => undefined });
      standing.opened();
      return standing.of.submission;
    },
  };
}

function engineFlow({ flow }: MemoryEngine): ConstructorParameters<typeof LateJoiners>[0]['flow'] {
  return {
    newId: () => flow.newId(),
    newMessage: (draft) => flow.newMessage(draft),
    nodeTime: () => flow.nodeTime(),
    knownPeers: () => flow.knownPeers(),
  };
}

const ping = (what: string, more: object = {}): object => ({
  toNode: '@north',
  method: 'cliCommand',
  methodArgs: [what],
  lateJoiners: true,
  ...more,
});
const write = (content: string): void => writeFileSync(join(folder, 'groups.toml'), content);

test('late joiners - who says hello while the submission is being written gets it once', async () => {
  write('north = ["ship1"]\n');
  const { submit, sent, late } = scene();
  await late.begin();
  submit([ping('a')], () => late.heard('ship1'));
  await quiet();
  expect(sent).toEqual(['ship1 a']);
});

test('late joiners - who is written into groups.toml gets it within a minute, each once', async () => {
  write('north = ["ship1"]\n');
  const { time, submit, sent, late } = scene();
  await late.begin();
  submit([ping('a'), ping('b', { toNode: '@north,@south' })]);
  await quiet();
  expect(sent).toEqual(['ship1 a', 'ship1 b']);
  write('north = ["ship1", "ship2"]\nsouth = ["ship2", "ship3"]\n');
  time.advance(60_000);
  await quiet();
  expect(sent.slice(2).toSorted()).toEqual(['ship2 a', 'ship2 b', 'ship3 b']);
  time.advance(600_000);
  await quiet();
  expect(sent.length).toBe(5);
  // A mistake in the file changes nothing.
  write('north = [\n');
  time.advance(60_000);
  await quiet();
  write('north = ["ship9"]\n');
  time.advance(60_000);
  await quiet();
  expect(sent.slice(5)).toEqual(['ship9 a', 'ship9 b']);
  late.close();
});

test('late joiners - what was refused is tried again, and another life takes up what is open', async () => {
  const { time, submit, sent, late, refuse, warnings } = scene();
  await late.begin();
  submit([ping('a')]);
  write('north = ["ship1"]\n');
  refuse(true);
  time.advance(60_000);
  await quiet();
  expect(sent).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('it is full')]);
  refuse(false);
  time.advance(60_000);
  await quiet();
  expect(sent).toEqual(['ship1 a']);
  late.close();
  write('north = ["ship1", "ship2"]\n');
  const next = scene();
  await next.late.begin();
  await quiet();
  expect(next.sent).toEqual(['ship2 a']);
  next.late.close();
});

test('late joiners - nothing is sent of what has been ended, or has passed its time, and nothing is left of it', async () => {
  write('north = ["ship1"]\n');
  const { time, submit, sent, late } = scene();
  await late.begin();
  const ended = submit([ping('ended')]);
  submit([ping('short', { expires: 90 }), ping('long', { expires: 900 })]);
  await quiet();
  expect(await late.end(ended)).toBe(true);
  expect(await late.end(ended)).toBe(false);
  time.advance(100_000);
  await quiet();
  write('north = ["ship1", "ship2"]\n');
  time.advance(60_000);
  await quiet();
  expect(sent).toEqual(['ship1 ended', 'ship1 short', 'ship1 long', 'ship2 long']);
  time.advance(800_000);
  await quiet();
  write('north = ["ship1", "ship2", "ship3"]\n');
  time.advance(60_000);
  await quiet();
  expect(sent.length).toBe(4);
  // No message of it is kept in this store.
  expect(store.all('SELECT * FROM standing')).toEqual([]);
  expect(store.all('SELECT * FROM joined')).toEqual([]);
  late.close();
});

test('late joiners - a file that is named after its node, and what has a way, are made for each node', async () => {
  write('north = ["ship1"]\n');
  const { submit, late, time } = scene();
  await late.begin();
  submit([ping('a', { fileExtension: '.log', method: 'REQnCliCommand', via: 'ship2,gateway' })]);
  await quiet();
  const [kept] = store.all('SELECT contents FROM standing');
  expect(JSON.parse(text(kept?.['contents']))).toMatchObject({
    0: { fileExtension: '.log', method: 'REQnCliCommand', unordered: true },
  });
  write('north = ["ship1", "ship2"]\n');
  time.advance(60_000);
  await quiet();
  // ship2 is on its own way, and is reached by what is before it.
  expect(store.all("SELECT node FROM joined WHERE node = 'ship2'").length).toBe(1);
  late.close();
});

test('late joiners - so many submissions may be open', async () => {
  const { submit, late } = scene();
  await late.begin();
  for (let count = 0; count < 100; count += 1) submit([ping('a')]);
  expect(() => submit([ping('a')])).toThrow('100 submissions wait for nodes that appear');
  late.close();
});

test('late joiners - a change of groups.toml reaches every open submission, whoever has seen it first', async () => {
  write('north = ["ship1"]\n');
  const { submit, sent, late, time } = scene();
  await late.begin();
  submit([ping('a')]);
  await quiet();
  write('north = ["ship1", "ship2"]\n');
  submit([ping('b', { toNode: '@south' })]);
  await quiet();
  time.advance(60_000);
  await quiet();
  expect(sent).toEqual(['ship1 a', 'ship2 a']);
  late.close();
});

test('late joiners - the messages are read only for a node that lacks one, and are not kept in memory', async () => {
  write('north = ["ship1"]\n');
  const { submit, late, views } = scene();
  await late.begin();
  submit([ping('x'.repeat(50_000))]);
  await quiet();
  const read = (): number => views.filter((view) => view === 'standing-contents').length;
  expect(read()).toBe(0);
  late.heard('ship1');
  await quiet();
  expect(read()).toBe(0);
  late.close();
  const next = scene();
  await next.late.begin();
  expect(
    JSON.stringify(Object.values(next.late).map((value) => (value instanceof Map ? [...value] : ''))).length,
  ).toBeLessThan(1_000);
  next.late.close();
});

test('late joiners - an end that comes before the store has been read holds all the same; a file that cannot be looked at changes nothing', async () => {
  write('north = ["ship1"]\n');
  const first = scene();
  await first.late.begin();
  const submission = first.submit([ping('a')]);
  await quiet();
  first.late.close();
  const { late, sent, time } = scene();
  const ended = late.end(submission);
  await late.begin();
  expect(await ended).toBe(true);
  rmSync(join(folder, 'groups.toml'));
  symlinkSync('groups.toml', join(folder, 'groups.toml'));
  time.advance(120_000);
  await quiet();
  expect(sent).toEqual([]);
  late.close();
});

test('late joiners - one that has passed its time, and cannot be ended now, is tried once a tick', async () => {
  const { submit, late, time, refuse, warnings } = scene();
  await late.begin();
  submit([ping('a', { expires: 30 })]);
  await quiet();
  refuse(true);
  for (const tries of [1, 2]) {
    time.advance(60_000);
    await quiet();
    expect(warnings.length).toBe(tries);
  }
  refuse(false);
  time.advance(60_000);
  await quiet();
  expect(store.all('SELECT * FROM standing')).toEqual([]);
  late.close();
});

test('late joiners - messages that are too large together are refused', async () => {
  const { submit, late } = scene();
  await late.begin();
  const many = Array.from({ length: 6 }, () => ping('a', { data: 'x'.repeat(200_000) }));
  expect(() => submit(many)).toThrow('more than 1 MiB together');
  late.close();
});
