// Random changes of a store, over a domain so small that they meet each other all the time.
import * as fc from 'fast-check';
import { newProgress } from '../../../src/flow/schedule/decide.ts';
import { inlineBodyBytes } from '../../../src/model/message.ts';
import { messageStates, passageStates } from '../../../src/model/state.ts';
import type { QueueFilter } from '../../../src/model/queue-filter.ts';
import type { StoreOp, StoreQuery } from '../../../src/model/store-op.ts';
import { errorRow, idOf, inboxRow, outboxRow } from './rows.ts';

const nodes = ['ship1', 'ship2'] as const;
const lanes = ['ping', 'cliCommand', 'cliCommand*', 'ping@ship1/ship3', 'control@ship2/ship3'] as const;
const heldLanes = ['+cliCommand', '+ping@ship1/ship3', '+-ping'] as const;
const mostRecords = 12;

/** The size of a body that lies in pieces. */
const large = inlineBodyBytes + 1;

const node = fc.constantFrom(...nodes);
const lane = fc.constantFrom(...lanes);
const ord = fc.integer({ min: 1, max: mostRecords });
const small = fc.integer({ min: 0, max: 9 });
const token = fc.constantFrom('a', 'b', 'c');
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const bytes = fc.uint8Array({ maxLength: 4 });
const owner = fc.record({ box: fc.constantFrom('out' as const, 'in' as const), sender: node, id: ord.map(idOf) });
const reason = fc.constantFrom(null, 'because');

const outboxAdd = fc
  .record({
    id: ord.map(idOf),
    to: node,
    lane: fc.constantFrom(...lanes, ...heldLanes),
    isReply: fc.boolean(),
    rerun: fc.constantFrom('never' as const, 'always' as const),
    state: fc.constantFrom(...messageStates),
    open: fc.boolean(),
    position: maybe(small),
    deadline: small,
    wish: fc.constantFrom(null, null, 'expired' as const, 'cancelled' as const),
    replyState: fc.constantFrom(null, 'pending' as const),
    key: fc.constantFrom(null, null, 'one', 'two'),
    target: fc.constantFrom(null, null, 'ship3'),
    origin: fc.constantFrom(null, null, 'ship1', 'ship2'),
    told: fc.constantFrom(null, 'queued' as const, 'carried' as const),
    answerOf: fc.option(ord.map(idOf)),
    body: maybe(bytes),
    isLarge: fc.boolean(),
  })
  .map(({ isLarge, ...change }): StoreOp => ({
    op: 'outbox-add',
    record: outboxRow(0, { ...change, bodySize: isLarge ? large : (change.body?.length ?? 0) }),
  }));

/** Gets its new order as a new record does. */
const outboxRelease = fc
  .record({
    op: fc.constant('outbox-release' as const),
    ord,
    newOrd: fc.constant(0),
    lane,
    deadline: small,
    filled: fc.option(bytes),
  })
  .map(({ filled, ...release }): StoreOp => {
    if (filled === null) return release;
    return { ...release, filled: { head: '{"i":"filled"}', body: filled, bodySize: filled.length } };
  });

const inboxAdd = fc
  .record({
    from: node,
    lane: fc.constantFrom(...lanes, 'fileAppend<ping'),
    id: ord.map(idOf),
    state: fc.constantFrom('accepted' as const, 'started' as const, 'ended' as const, 'ended' as const),
    answers: ord.map(idOf),
    bodySize: fc.constantFrom(0, large),
  })
  .map(({ answers, ...change }): StoreOp => ({
    op: 'inbox-add',
    record: inboxRow(0, { ...change, head: JSON.stringify({ q: { i: answers } }) }),
  }));

const outboxCancel = fc.record({
  op: fc.constant('outbox-cancel' as const),
  filter: fc.record(
    {
      ids: fc.array(ord.map(idOf), { minLength: 1, maxLength: 4 }),
      to: fc.constantFrom(...nodes, 'ship3'),
      origin: node,
      lane,
      queuedBefore: small,
      key: fc.constantFrom('one', 'two'),
      beforeOrd: ord,
    },
    { requiredKeys: [] },
  ),
  at: small,
  reason: token,
});

const inLane = fc.record({
  from: node,
  lane,
  epoch: fc.integer({ min: 0, max: 11 }).map(String),
  last: small,
  tag: token,
});

const op: fc.Arbitrary<StoreOp> = fc.oneof(
  { weight: 6, arbitrary: outboxAdd },
  { weight: 1, arbitrary: outboxCancel },
  { weight: 3, arbitrary: inboxAdd },
  fc.record({ op: fc.constant('meta' as const), key: token, value: token }),
  fc.record({ op: fc.constant('boot' as const), boot: token, at: small }),
  fc.record({
    op: fc.constant('peer' as const),
    record: fc.record({
      name: node,
      incarnation: maybe(token),
      boot: maybe(token),
      heardAt: small,
      version: maybe(token),
      groups: fc.array(token, { maxLength: 2 }),
    }),
  }),
  fc.record({ op: fc.constant('outbox-place' as const), ord, position: small, tag: token }),
  fc.record({
    op: fc.constant('outbox-wish' as const),
    ord,
    wish: fc.constantFrom('expired' as const, 'cancelled' as const),
    reason: token,
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('outbox-hold' as const),
      ord,
      after: fc.array(ord.map(idOf), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: outboxRelease },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('outbox-settle' as const),
      ord,
      state: fc.constantFrom(...messageStates),
      at: small,
      reason,
    }),
  },
  fc.record({ op: fc.constant('outbox-drop' as const), ord, owner: maybe(owner) }),
  fc.record({ op: fc.constant('outbox-running' as const), id: ord.map(idOf), to: node, lane, upTo: small, at: small }),
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('outbox-answer' as const),
      id: ord.map(idOf),
      to: node,
      state: fc.constantFrom(...messageStates),
      outcome: token,
      reason,
      runningAt: maybe(small),
      endedAt: small,
      answerOrd: small,
      replyState: fc.constantFrom('pending' as const, 'handled' as const),
    }),
  },
  fc.record({
    op: fc.constant('outbox-reply' as const),
    id: ord.map(idOf),
    state: fc.constantFrom('handled' as const, 'failed' as const),
    at: small,
    reason,
  }),
  fc.record({
    op: fc.constant('outlane' as const),
    record: fc.record({
      to: node,
      lane,
      epoch: token,
      peerIncarnation: maybe(token),
      base: small,
      baseTag: token,
      placed: small,
      placedTag: token,
    }),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('outlane-lost' as const),
      to: node,
      lane: maybe(lane),
      delivered: fc.boolean(),
      mayHaveLeft: small,
      at: small,
      reason: token,
    }),
  },
  fc.record({ op: fc.constant('outbox-doubt' as const), upTo: ord, at: small, reason: token }),
  fc.record({ op: fc.constant('inbox-start' as const), ord, at: small, mark: maybe(token), attempts: small }),
  fc.record({ op: fc.constant('inbox-pid' as const), ord, pid: small, pidStart: token }),
  fc.record({ op: fc.constant('inbox-again' as const), ord, begun: fc.boolean(), attempts: small }),
  fc.record({ op: fc.constant('inbox-retry' as const), ord, attempts: small, retryAt: small }),
  fc.record({ op: fc.constant('inbox-end' as const), ord, at: small, outcome: token }),
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('inlane' as const),
      record: fc
        .record({
          position: fc.integer({ min: 1, max: 9 }),
          kind: fc.constantFrom('voided' as const, 'rejected' as const),
          reason: token,
        })
        .chain((exception) =>
          inLane.map((record) => ({ ...record, exceptions: record.last % 2 === 0 ? [] : [exception] })),
        ),
    }),
  },
  fc.record({ op: fc.constant('inbox-body-drop' as const), ord }),
  fc.record({ op: fc.constant('inbox-mark' as const), ord, mark: fc.constantFrom('{"file":"f","at":1}', '{}') }),
  fc.record({
    op: fc.constant('outbox-part-lost' as const),
    id: ord.map(idOf),
    to: node,
    reason: fc.constantFrom('a', 'b'),
  }),
  fc.constant({ op: 'inlanes-clear' } as const),
  fc.record({
    op: fc.constant('transfer' as const),
    record: fc.record({ from: node, id: ord.map(idOf), size: small, have: small }),
  }),
  fc.record({ op: fc.constant('transfer-drop' as const), from: node, id: ord.map(idOf), pieces: fc.boolean() }),
  fc.record({ op: fc.constant('piece' as const), owner, index: fc.integer({ min: 0, max: 4 }), bytes }),
  fc.record({ op: fc.constant('pieces-drop' as const), owner }),
  fc.record({ op: fc.constant('pieces-copy' as const), from: owner, to: owner }),
  fc.record({ id: ord.map(idOf), from: node, to: node }).map(({ id, from, to }): StoreOp => ({
    op: 'pieces-pass',
    from: { box: 'in', sender: from, id },
    to: { box: 'out', sender: to, id },
  })),
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('outbox-passage' as const),
      id: ord.map(idOf),
      to: node,
      state: fc.constantFrom(...passageStates),
      hop: maybe(node),
      at: small,
      reason,
    }),
  },
  fc.record({ op: fc.constant('outbox-told' as const), ord, state: fc.constantFrom(...messageStates) }),
  fc.record({
    op: fc.constant('outbox-answered' as const),
    id: ord.map(idOf),
    origin: node,
    state: fc.constantFrom(...messageStates),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('error-add' as const),
      record: fc
        .record({
          node,
          kind: token,
          firstAt: small,
          lastAt: small,
          count: small,
          untold: fc.integer({ min: -4, max: 4 }),
          lane: maybe(lane),
          hint: maybe(token),
        })
        .map((change) => errorRow(change)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('outbox-prune' as const), node, ords: fc.array(ord, { maxLength: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('inbox-prune' as const), ords: fc.array(ord, { maxLength: 5 }) }),
  },
  fc
    .record({ ord, runs: small, through: fc.integer({ min: -1, max: 9 }), pausedBy: fc.constantFrom(undefined, 'ann') })
    .map(({ ord: of, runs, through, pausedBy }): StoreOp => {
      const progress = { ...newProgress({ through, wall: 0 }), runs, ended: { succeeded: runs } };
      return {
        op: 'schedule',
        record: { ord: of, progress: pausedBy === undefined ? progress : { ...progress, pausedBy } },
      };
    }),
  fc.record({ op: fc.constant('schedule-drop' as const), ord }),
  fc.record({ op: fc.constant('peer-drop' as const), name: node }),
  fc.record({ op: fc.constant('shrink' as const), pages: small }),
  fc.record({ op: fc.constant('meta' as const), key: fc.constant('nodeTime'), value: small.map(String) }),
);

/** Changes in an order in which a node could make them: every record that is added gets the next order of its box. */
export const randomOps: fc.Arbitrary<readonly StoreOp[]> = fc
  .tuple(
    fc.array(outboxAdd, { minLength: 8, maxLength: 8 }),
    fc.array(inboxAdd, { minLength: 4, maxLength: 4 }),
    fc.array(op, { minLength: 20, maxLength: 60, size: 'max' }),
  )
  .map((parts) => {
    const last = { outbox: 0, inbox: 0 };
    return parts.flat().map((one): StoreOp => {
      if (one.op === 'outbox-add') return { op: 'outbox-add', record: { ...one.record, ord: (last.outbox += 1) } };
      if (one.op === 'outbox-release') return { ...one, newOrd: (last.outbox += 1) };
      if (one.op === 'inbox-add') return { op: 'inbox-add', record: { ...one.record, ord: (last.inbox += 1) } };
      return one;
    });
  });

const filters: readonly QueueFilter[] = [
  {},
  { to: 'ship1' },
  { to: 'ship3' },
  { origin: 'ship1' },
  { to: 'ship1', origin: 'ship2' },
  { to: 'ship3', lane: 'ping' },
  { lane: 'ping@ship1/ship3' },
  { ids: [1, 2, 3, 4, 5, 6].map(idOf) },
];

/** Everything that can be asked over the domain. */
export const allQueries: readonly StoreQuery[] = [
  { query: 'soonest-deadline' },
  { query: 'passages', limit: 100 },
  { query: 'passages', limit: 2 },
  { query: 'forsaken', before: 5, limit: 3 },
  ...filters.map((filter): StoreQuery => ({ query: 'cancellable', filter })),
  ...filters.flatMap((filter) =>
    [true, false].map((running): StoreQuery => ({ query: 'aboard', filter, running, afterOrd: 1, limit: 4 })),
  ),
  ...nodes.map((to): StoreQuery => ({
    query: 'cancelled-aboard',
    to,
    ids: to === 'ship1' ? null : Array.from({ length: 9 }, (_, n) => idOf(n)),
    afterOrd: to === 'ship1' ? 2 : 0,
    limit: 3,
  })),
  ...nodes.flatMap((to) => [1, 2, 3].map((n): StoreQuery => ({ query: 'request', id: idOf(n), to }))),
  { query: 'untold-errors', limit: 100 },
  { query: 'untold-errors', limit: 2 },
  { query: 'let-go', limit: 100 },
  { query: 'let-go', limit: 1 },
  { query: 'due', before: 5, limit: 100 },
  ...(['outbox', 'inbox'] as const).flatMap((box): StoreQuery[] => [
    { query: 'finished', box, afterOrd: 0, limit: 100 },
    { query: 'finished', box, afterOrd: 2, limit: 3 },
  ]),
  { query: 'due', before: 9, limit: 2 },
  ...nodes.map((name): StoreQuery => ({ query: 'open-lanes', to: name })),
  ...nodes.map((name): StoreQuery => ({ query: 'outbox-load', to: name })),
  ...nodes.flatMap((name) =>
    lanes.flatMap((on): StoreQuery[] => [
      { query: 'outlane', to: name, lane: on },
      { query: 'outbox-page', to: name, lane: on, afterOrd: 0, limit: 100 },
      { query: 'outbox-page', to: name, lane: on, afterOrd: 3, limit: 2 },
      { query: 'inlane', from: name, lane: on },
      { query: 'inbox-page', from: name, lane: on, afterOrd: 0, limit: 100 },
      { query: 'inbox-page', from: name, lane: on, afterOrd: 2, limit: 1 },
    ]),
  ),
  ...nodes.flatMap((sender) =>
    (['out', 'in'] as const).flatMap((box) =>
      Array.from({ length: mostRecords }, (_none, index): StoreQuery => ({
        query: 'pieces',
        owner: { box, sender, id: idOf(index + 1) },
        fromIndex: index % 3,
        limit: 3,
      })),
    ),
  ),
];
