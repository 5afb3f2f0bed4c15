import { afterEach, describe, expect, test } from 'vitest';
import { isFinal, mayFollow, messageStates } from '../../../src/model/state.ts';
import { maxEpochs } from '../../../src/model/lane.ts';
import type { InboxRecord, OutboxRecord } from '../../../src/model/record.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { idOf, inboxRow, inLaneRow, outboxRow, outLaneRow, placedRow } from './rows.ts';
import { storeKinds, type StoreUnderTest } from './stores.ts';

const add = (record: OutboxRecord): StoreOp => ({ op: 'outbox-add', record });
const bytesOf = (record: { readonly head: string; readonly bodySize: number }): number =>
  record.head.length + record.bodySize;
const owner = { box: 'out', sender: 'central', id: idOf(1) } as const;
const answerTo = (ord: number, change: Partial<Extract<StoreOp, { op: 'outbox-answer' }>> = {}): StoreOp => ({
  op: 'outbox-answer',
  id: idOf(ord),
  to: 'ship1',
  state: 'succeeded',
  outcome: '{"state":"succeeded"}',
  reason: null,
  runningAt: 60,
  endedAt: 70,
  answerOrd: 5,
  replyState: 'pending',
  ...change,
});

describe.each(storeKinds)('$name', (kind) => {
  let opened: StoreUnderTest | undefined;
  const fresh = (...ops: readonly StoreOp[]): StoreUnderTest => {
    opened = kind.open();
    opened.apply(...ops);
    return opened;
  };
  afterEach(() => {
    opened?.close();
    opened = undefined;
  });
  const row = (store: StoreUnderTest, ord: number): OutboxRecord | undefined =>
    store.outbox().find((record) => record.ord === ord);

  describe('rows', () => {
    test('rows - an outbox record comes back as it was given, with every field', () => {
      const record = outboxRow(7, {
        body: Uint8Array.of(0, 255, 10),
        bodySize: 3,
        isReply: true,
        rerun: 'always',
        state: 'delivered',
        open: false,
        position: 9,
        tag: 'tag9',
        wish: 'cancelled',
        deliveredAt: 1,
        runningAt: 2,
        endedAt: 3,
        outcome: '{}',
        reason: 'why',
        replyState: 'pending',
        replyAt: 4,
        replyReason: 'reply',
        answerOrd: 5,
        head: JSON.stringify({ d: "\u0000 \ud800 🚢 ' \\ \n" }),
      });
      expect(fresh(add(record)).outbox()).toEqual([record]);
    });

    test('rows - an inbox record comes back as it was given, with every field', () => {
      const record = inboxRow(3, {
        body: Uint8Array.of(1, 2, 0),
        bodySize: 3,
        state: 'ended',
        mark: '{"stdout":1,"stderr":2}',
        pid: 4711,
        pidStart: '99',
        startedAt: 1,
        endedAt: 2,
        outcome: '{}',
      });
      expect(fresh({ op: 'inbox-add', record }).inbox()).toEqual([record]);
    });

    test('rows - an empty body is not the same as none', () => {
      const store = fresh(add(outboxRow(1, { body: new Uint8Array() })), add(outboxRow(2)));
      expect(store.outbox().map((record) => record.body)).toEqual([new Uint8Array(), null]);
    });

    test('rows - the largest number that a frame may hold comes back exactly', () => {
      const most = Number.MAX_SAFE_INTEGER;
      const store = fresh(
        add(outboxRow(1, { position: most, deadline: most, queuedAt: most })),
        { op: 'outlane', record: outLaneRow({ base: most, placed: most }) },
        { op: 'inlane', record: inLaneRow({ last: most }) },
      );
      expect(store.outbox()[0]).toMatchObject({ position: most, deadline: most, queuedAt: most });
      expect(store.query({ query: 'outlane', to: 'ship1', lane: 'cliCommand' })).toMatchObject({ base: most });
      expect(store.query({ query: 'inlane', from: 'central', lane: 'cliCommand' })[0]?.last).toBe(most);
      expect(store.query({ query: 'soonest-deadline' })).toBe(most);
    });

    test('rows - a second record under a known order is refused', () => {
      const store = fresh(add(outboxRow(1)), { op: 'inbox-add', record: inboxRow(1) });
      expect(() => store.apply(add(outboxRow(1, { id: idOf(2) })))).toThrow(/second record|UNIQUE/);
      expect(() => store.apply({ op: 'inbox-add', record: inboxRow(1, { id: idOf(2) }) })).toThrow(
        /second record|UNIQUE/,
      );
    });

    test('rows - a copy given later is not changed by what its giver does with the bytes', () => {
      const body = Uint8Array.of(1);
      const store = fresh(add(outboxRow(1, { body, bodySize: 1 })));
      const first = store.outbox()[0]?.body;
      expect(first).toEqual(Uint8Array.of(1));
    });
  });

  describe('states of the outbox', () => {
    test.each(messageStates)('states - from %s only to what may follow', (from) => {
      for (const to of messageStates) {
        const store = kind.open();
        store.apply(add(outboxRow(1, { state: from, endedAt: 5, reason: 'before' })));
        store.apply({ op: 'outbox-settle', ord: 1, state: to, at: 99, reason: 'after' });
        const settled = store.outbox()[0];
        expect(settled?.open, `${from} to ${to}`).toBe(false);
        expect(settled?.state, `${from} to ${to}`).toBe(mayFollow(from, to) ? to : from);
        expect(settled?.reason, `${from} to ${to}`).toBe(mayFollow(from, to) ? 'after' : 'before');
        if (!mayFollow(from, to)) expect(settled?.endedAt, `${from} to ${to}`).toBe(5);
        store.close();
      }
    });

    test('states - settling as delivered notes the time of delivery, anything else the end', () => {
      const store = fresh(add(outboxRow(1)), add(outboxRow(2)));
      store.apply(
        { op: 'outbox-settle', ord: 1, state: 'delivered', at: 50, reason: null },
        { op: 'outbox-settle', ord: 2, state: 'rejected', at: 51, reason: 'policy' },
      );
      expect(row(store, 1)).toMatchObject({ state: 'delivered', deliveredAt: 50, endedAt: null, open: false });
      expect(row(store, 2)).toMatchObject({ state: 'rejected', deliveredAt: null, endedAt: 51, reason: 'policy' });
    });

    test('states - an answer ends a request, whether or not its delivery is known', () => {
      const store = fresh(
        add(outboxRow(1)),
        add(outboxRow(2, { state: 'delivered', open: false })),
        add(outboxRow(3, { state: 'running', runningAt: 61, open: false })),
        answerTo(1),
        answerTo(2, { state: 'failed', reason: 'exit code 1' }),
        answerTo(3, { state: 'timedOut', runningAt: null }),
      );
      expect(row(store, 1)).toMatchObject({ state: 'succeeded', open: true, runningAt: 60, endedAt: 70, answerOrd: 5 });
      expect(row(store, 2)).toMatchObject({ state: 'failed', reason: 'exit code 1', replyState: 'pending' });
      expect(row(store, 3)).toMatchObject({ state: 'timedOut', runningAt: 61 });
    });

    test('states - an answer that is the first word of a request says that it was delivered', () => {
      const store = fresh(
        add(outboxRow(1)),
        add(outboxRow(2, { state: 'delivered', deliveredAt: 50, open: false })),
        add(outboxRow(3, { state: 'sent', open: false })),
        answerTo(1),
        answerTo(2),
        answerTo(3),
      );
      expect([1, 2, 3].map((ord) => row(store, ord)?.deliveredAt)).toEqual([70, 50, null]);
      store.apply({ op: 'outbox-settle', ord: 1, state: 'delivered', at: 99, reason: null });
      expect(row(store, 1)).toMatchObject({ state: 'succeeded', deliveredAt: 70, open: false });
    });

    test.each(messageStates.filter((state) => isFinal(state) && state !== 'sent' && state !== 'unknown'))(
      'states - an answer changes nothing of a message that is %s',
      (state) => {
        const before = outboxRow(1, { state, open: false, endedAt: 5, reason: 'told', replyState: 'handled' });
        const store = fresh(add(before), answerTo(1, { state: 'failed' }));
        expect(store.outbox()).toEqual([before]);
      },
    );

    test('states - a late answer ends a message of which nothing more was promised', () => {
      const store = fresh(add(outboxRow(1, { state: 'sent', open: false, endedAt: 5 })), answerTo(1));
      expect(row(store, 1)).toMatchObject({ state: 'succeeded', endedAt: 70 });
    });

    test('states - an answer counts only from the node that was asked, and only for a request', () => {
      const reply = outboxRow(2, { isReply: true });
      const store = fresh(add(outboxRow(1)), add(reply), answerTo(1, { to: 'ship2' }), answerTo(2), answerTo(3));
      expect(store.outbox()).toEqual([outboxRow(1), reply]);
    });

    test('states - running is noted of what its receiver has, in that lane, up to where it stands', () => {
      const running = (ord: number, change: object = {}): StoreOp => ({
        op: 'outbox-running',
        id: idOf(ord),
        to: 'ship1',
        lane: 'cliCommand',
        upTo: 5,
        at: 40,
        ...change,
      });
      const waiting = outboxRow(3);
      const reply = placedRow(4, { isReply: true });
      const beyond = placedRow(6);
      const ended = placedRow(5, { state: 'failed', open: false });
      const store = fresh(
        add(placedRow(1)),
        add(placedRow(2, { state: 'delivered', open: false })),
        ...[waiting, reply, ended, beyond].map(add),
        ...[1, 2, 3, 4, 5, 6, 99].map((ord) => running(ord)),
      );
      expect(row(store, 1)).toMatchObject({ state: 'running', runningAt: 40 });
      expect(row(store, 2)).toMatchObject({ state: 'running', runningAt: 40 });
      expect(store.outbox().slice(2)).toEqual([waiting, reply, ended, beyond]);
      const others = fresh(
        add(placedRow(1)),
        running(1, { to: 'ship2' }),
        running(1, { lane: 'ping' }),
        running(1, { lane: 'cliCommand*' }),
      );
      expect(others.outbox()).toEqual([placedRow(1)]);
    });

    test('states - a message that runs twice is told of once', () => {
      const store = fresh(add(placedRow(1, { state: 'running', runningAt: 30, open: false })));
      store.apply({ op: 'outbox-running', id: idOf(1), to: 'ship1', lane: 'cliCommand', upTo: 1, at: 99 });
      expect(row(store, 1)?.runningAt).toBe(30);
    });

    test('states - the end of a reply is noted once, and only where one is awaited', () => {
      const end = (ord: number, state: 'handled' | 'failed'): StoreOp => ({
        op: 'outbox-reply',
        id: idOf(ord),
        state,
        at: 80,
        reason: state === 'failed' ? 'no room' : null,
      });
      const store = fresh(
        add(outboxRow(1, { replyState: 'pending' })),
        add(outboxRow(2)),
        add(outboxRow(3, { replyState: 'pending' })),
        end(1, 'failed'),
        end(2, 'handled'),
        end(3, 'handled'),
        end(1, 'handled'),
      );
      expect(row(store, 1)).toMatchObject({ replyState: 'failed', replyAt: 80, replyReason: 'no room' });
      expect(row(store, 2)).toMatchObject({ replyState: null, replyAt: null });
      expect(row(store, 3)).toMatchObject({ replyState: 'handled', replyReason: null });
    });

    test('states - a wish is kept of what is open only', () => {
      const wish = (ord: number): StoreOp => ({ op: 'outbox-wish', ord, wish: 'expired', reason: 'late' });
      const store = fresh(add(placedRow(1)), add(placedRow(2, { open: false })), wish(1), wish(2), wish(3));
      expect(row(store, 1)).toMatchObject({ wish: 'expired', reason: 'late', state: 'queued', open: true });
      expect(row(store, 2)).toMatchObject({ wish: null, reason: null });
    });

    test('states - what has ended, and is open still, keeps its reason when its time is over', () => {
      const ended = placedRow(1, { state: 'failed', endedAt: 5, reason: 'exit code 1' });
      const store = fresh(add(ended), { op: 'outbox-wish', ord: 1, wish: 'expired', reason: 'late' });
      expect(store.outbox()).toEqual([{ ...ended, wish: 'expired' }]);
    });

    test('states - what has ended, and is open still, is nothing that waits or could be cancelled', () => {
      const store = fresh(add(placedRow(1, { state: 'succeeded', endedAt: 5 })), add(placedRow(2)));
      const aboard = { query: 'aboard', filter: {}, running: true, afterOrd: 0, limit: 10 } as const;
      expect(store.query(aboard).map(({ ord }) => ord)).toEqual([2]);
    });

    test('states - what is unknown to the store changes nothing', () => {
      const before = [placedRow(1)];
      const store = fresh(
        ...before.map(add),
        { op: 'outbox-place', ord: 9, position: 1, tag: 'x' },
        { op: 'outbox-settle', ord: 9, state: 'expired', at: 1, reason: null },
        { op: 'outbox-drop', ord: 9, owner: { ...owner, id: idOf(9) } },
        { op: 'inbox-start', ord: 9, at: 1, mark: null, attempts: 1 },
        { op: 'inbox-pid', ord: 9, pid: 1, pidStart: '' },
        { op: 'inbox-again', ord: 9, begun: true, attempts: 1 },
        { op: 'inbox-end', ord: 9, at: 1, outcome: '{}' },
        { op: 'transfer-drop', from: 'central', id: idOf(9), pieces: true },
        { op: 'pieces-drop', owner: { ...owner, id: idOf(9) } },
        { op: 'outlane-lost', to: 'nobody', lane: null, delivered: true, mayHaveLeft: 9, at: 1, reason: 'x' },
      );
      expect(store.outbox()).toEqual(before);
      expect(store.inbox()).toEqual([]);
    });
  });

  describe('lanes of the sender', () => {
    const lost = (change: Partial<Extract<StoreOp, { op: 'outlane-lost' }>> = {}): StoreOp => ({
      op: 'outlane-lost',
      to: 'ship1',
      lane: 'cliCommand',
      delivered: false,
      mayHaveLeft: 0,
      at: 90,
      reason: 'ship1 lost its store',
      ...change,
    });
    const unknown = { state: 'unknown', open: false, position: null, tag: null, endedAt: 90 } as const;
    const again = { state: 'queued', open: true, position: null, tag: null } as const;

    test('lanes - the row of a lane is replaced whole', () => {
      const store = fresh(
        { op: 'outlane', record: outLaneRow() },
        { op: 'outlane', record: outLaneRow({ epoch: 'epoch2', base: 4, placed: 7, peerIncarnation: null }) },
        { op: 'outlane', record: outLaneRow({ lane: 'ping' }) },
      );
      expect(store.query({ query: 'outlane', to: 'ship1', lane: 'cliCommand' })).toEqual(
        outLaneRow({ epoch: 'epoch2', base: 4, placed: 7, peerIncarnation: null }),
      );
      expect(store.query({ query: 'outlane', to: 'ship1', lane: 'ping' })).toEqual(outLaneRow({ lane: 'ping' }));
      expect(store.query({ query: 'outlane', to: 'ship2', lane: 'ping' })).toBeUndefined();
    });

    test('lanes - of a node, those that hold open messages', () => {
      const store = fresh(
        add(outboxRow(1, { lane: 'ping' })),
        add(outboxRow(2)),
        add(outboxRow(3)),
        add(outboxRow(4, { lane: 'hello', open: false })),
        add(outboxRow(5, { lane: 'hello', to: 'ship2' })),
      );
      expect(store.query({ query: 'open-lanes', to: 'ship1' })).toEqual(['cliCommand', 'ping']);
      expect(store.query({ query: 'open-lanes', to: 'nobody' })).toEqual([]);
    });

    test('lanes - place gives position and tag', () => {
      const store = fresh(add(outboxRow(1)), { op: 'outbox-place', ord: 1, position: 12, tag: 'tag12' });
      expect(row(store, 1)).toMatchObject({ position: 12, tag: 'tag12', state: 'queued', open: true });
    });

    test('lanes - of a lost lane, what may have left is unknown, or goes again where it may', () => {
      const store = fresh(
        { op: 'outlane', record: outLaneRow() },
        add(placedRow(1)),
        add(placedRow(2, { rerun: 'always' })),
        add(placedRow(3, { rerun: 'always', wish: 'expired', reason: 'late' })),
        add(outboxRow(4)),
        add(placedRow(5, { rerun: 'always', isReply: true, wish: 'expired', reason: 'late' })),
        lost(),
      );
      expect(row(store, 1)).toMatchObject({ ...unknown, reason: 'ship1 lost its store' });
      expect(row(store, 2)).toMatchObject({ ...again, endedAt: null, reason: null, rerun: 'always', mayHaveRun: true });
      expect(row(store, 3)).toMatchObject({ ...unknown, reason: 'ship1 lost its store' });
      expect(row(store, 4)).toEqual(outboxRow(4));
      // A reply that was taken back still owes its outcome.
      expect(row(store, 5)).toMatchObject({ ...again, wish: null, reason: null });
      expect(store.query({ query: 'outlane', to: 'ship1', lane: 'cliCommand' })).toBeUndefined();
    });

    test('lanes - of a lost lane, what has been answered does not go, also where it had no position', () => {
      const answered = outboxRow(1, { rerun: 'always', state: 'failed', endedAt: 70 });
      const store = fresh(add(answered), add(outboxRow(2)), lost());
      expect(row(store, 1)).toEqual({ ...answered, open: false });
      expect(row(store, 2)).toEqual(outboxRow(2));
    });

    test.each([
      { delivered: false, what: 'keeps what was delivered' },
      { delivered: true, what: 'loses what was delivered without an outcome' },
    ])('lanes - a lost lane $what (delivered: $delivered)', ({ delivered }) => {
      const kept = placedRow(1, { state: 'delivered', open: false, deliveredAt: 40 });
      const store = fresh(
        add(kept),
        add(placedRow(2, { state: 'running', open: false })),
        add(placedRow(3, { state: 'running', open: false, rerun: 'always' })),
        add(placedRow(4, { state: 'succeeded', open: false, endedAt: 55 })),
        lost({ delivered }),
      );
      const gone = { position: null, tag: null } as const;
      if (delivered) {
        expect(row(store, 1)).toMatchObject(unknown);
        expect(row(store, 2)).toMatchObject(unknown);
        expect(row(store, 3)).toMatchObject(again);
      } else {
        expect(row(store, 1)).toEqual({ ...kept, ...gone });
        expect(row(store, 2)).toMatchObject({ state: 'running', open: false, ...gone });
        expect(row(store, 3)).toMatchObject({ state: 'running', open: false, ...gone });
      }
      expect(row(store, 4)).toMatchObject({ state: 'succeeded', endedAt: 55, ...gone });
    });

    test('lanes - what waits may have left in a life that was lost, up to what this one found', () => {
      const store = fresh(
        add(outboxRow(1)),
        add(outboxRow(2, { rerun: 'always' })),
        add(outboxRow(3, { isReply: true, rerun: 'always' })),
        add(outboxRow(4)),
        add(outboxRow(5, { lane: 'ping' })),
        lost({ mayHaveLeft: 3 }),
      );
      expect(store.outbox().map(({ state }) => state)).toEqual(['unknown', 'queued', 'queued', 'queued', 'queued']);
      expect(store.outbox().map(({ mayHaveRun }) => mayHaveRun)).toEqual([false, true, true, false, false]);
    });

    test('lanes - what was delivered is lost with its receiver, also when the lane had been lost before', () => {
      const store = fresh(
        add(placedRow(1, { state: 'delivered', open: false, deliveredAt: 40 })),
        lost({ delivered: false }),
        lost({ delivered: true }),
      );
      expect(row(store, 1)).toMatchObject(unknown);
    });

    test('lanes - an answer that came before its ACK is not lost with the lane', () => {
      const store = fresh(add(placedRow(1, { state: 'succeeded', open: true, endedAt: 55, rerun: 'always' })), lost());
      expect(row(store, 1)).toMatchObject({ state: 'succeeded', open: false, endedAt: 55, position: null });
    });

    test('lanes - null loses every lane to the node, and no other', () => {
      const store = fresh(
        { op: 'outlane', record: outLaneRow() },
        { op: 'outlane', record: outLaneRow({ lane: 'ping' }) },
        { op: 'outlane', record: outLaneRow({ to: 'ship2' }) },
        add(placedRow(1)),
        add(placedRow(2, { lane: 'ping' })),
        add(placedRow(3, { to: 'ship2' })),
        lost({ lane: null }),
      );
      expect(store.outbox().map((record) => record.state)).toEqual(['unknown', 'unknown', 'queued']);
      expect(row(store, 3)).toEqual(placedRow(3, { to: 'ship2' }));
      expect(store.query({ query: 'outlane', to: 'ship1', lane: 'ping' })).toBeUndefined();
      expect(store.query({ query: 'outlane', to: 'ship2', lane: 'cliCommand' })).toBeDefined();
    });

    test('lanes - a store that lost its end doubts what was delivered and has no outcome, until an answer comes', () => {
      const store = fresh(
        add(placedRow(1)),
        add(placedRow(2, { state: 'delivered', open: false })),
        add(placedRow(3, { state: 'running', open: false, rerun: 'always' })),
        add(placedRow(4, { state: 'succeeded', open: false })),
        add(placedRow(5, { isReply: true, state: 'delivered', open: false })),
        add(placedRow(6, { state: 'delivered', open: false })),
        { op: 'outbox-doubt', upTo: 5, at: 70, reason: 'lost' },
      );
      expect(store.outbox().map(({ state }) => state)).toEqual([
        'queued',
        'unknown',
        'unknown',
        'succeeded',
        'delivered',
        'delivered',
      ]);
      expect(row(store, 3)).toMatchObject({ open: false, endedAt: 70, reason: 'lost' });
      store.apply(answerTo(2));
      expect(row(store, 2)).toMatchObject({ state: 'succeeded', reason: null });
    });

    test('lanes - a named lane loses only itself', () => {
      const store = fresh(add(placedRow(1)), add(placedRow(2, { lane: 'cliCommand*' })), lost());
      expect(store.outbox().map((record) => record.state)).toEqual(['unknown', 'queued']);
    });
  });

  describe('pages', () => {
    const outPage = { query: 'outbox-page', to: 'ship1', lane: 'cliCommand', afterOrd: 0, limit: 100 } as const;
    const inPage = { query: 'inbox-page', from: 'central', lane: 'cliCommand', afterOrd: 0, limit: 100 } as const;
    const ords = (records: readonly { readonly ord: number }[]): number[] => records.map((record) => record.ord);

    test('pages - the open messages of one lane, in the order of intake', () => {
      const store = fresh(
        ...[5, 3, 1, 2, 4].map((ord) => add(outboxRow(ord))),
        add(outboxRow(6, { to: 'ship2' })),
        add(outboxRow(7, { lane: 'cliCommand*' })),
        { op: 'outbox-settle', ord: 2, state: 'expired', at: 1, reason: null },
      );
      expect(ords(store.query(outPage))).toEqual([1, 3, 4, 5]);
      expect(ords(store.query({ ...outPage, afterOrd: 3 }))).toEqual([4, 5]);
      expect(ords(store.query({ ...outPage, limit: 2 }))).toEqual([1, 3]);
      expect(ords(store.query({ ...outPage, limit: 0 }))).toEqual([]);
      expect(ords(store.query({ ...outPage, to: 'nobody' }))).toEqual([]);
    });

    test('pages - the accepted messages of one lane that have not started', () => {
      const store = fresh(
        ...[1, 2, 3, 4].map((ord): StoreOp => ({ op: 'inbox-add', record: inboxRow(ord) })),
        { op: 'inbox-add', record: inboxRow(5, { from: 'ship2' }) },
        { op: 'inbox-add', record: inboxRow(6, { state: 'ended' }) },
        { op: 'inbox-start', ord: 1, at: 1, mark: null, attempts: 1 },
      );
      expect(ords(store.query(inPage))).toEqual([2, 3, 4]);
      expect(ords(store.query({ ...inPage, afterOrd: 2, limit: 1 }))).toEqual([3]);
      store.apply({ op: 'inbox-again', ord: 1, begun: true, attempts: 1 });
      expect(ords(store.query(inPage))).toEqual([1, 2, 3, 4]);
    });

    test('restart - what was put back when it had begun has its mark, what had not begun has none', () => {
      const mark = '{"stdout":5,"stderr":0}';
      const store = fresh(
        ...[1, 2].map((ord): StoreOp => ({ op: 'inbox-add', record: inboxRow(ord) })),
        ...[1, 2].map((ord): StoreOp => ({ op: 'inbox-start', ord, at: 1, mark, attempts: 1 })),
        { op: 'inbox-again', ord: 1, begun: true, attempts: 1 },
        { op: 'inbox-again', ord: 2, begun: false, attempts: 1 },
      );
      const { started, marked } = store.query({ query: 'restart' });
      expect(started).toEqual([]);
      expect(marked.map((record) => [record.ord, record.mark])).toEqual([[1, mark]]);
    });

    test('pages - a page ends with the message that fills a megabyte, and holds one at least', () => {
      const heavy = (ord: number, size: number): OutboxRecord =>
        outboxRow(ord, { head: '', body: new Uint8Array(size), bodySize: size });
      const quarter = 256 * 1024;
      const store = fresh(...[1, 2, 3, 4, 5, 6].map((ord) => add(heavy(ord, quarter))));
      expect(ords(store.query(outPage))).toEqual([1, 2, 3, 4]);
      expect(ords(store.query({ ...outPage, afterOrd: 4 }))).toEqual([5, 6]);
      const single = fresh(add(heavy(1, 3 * 1024 * 1024)), add(heavy(2, 1)));
      expect(ords(single.query(outPage))).toEqual([1]);
    });

    test('pages - long heads count as well', () => {
      const head = 'x'.repeat(600 * 1024);
      const store = fresh(...[1, 2, 3].map((ord): StoreOp => ({ op: 'inbox-add', record: inboxRow(ord, { head }) })));
      expect(ords(store.query(inPage))).toEqual([1, 2]);
    });

    test('pages - many small messages come in one page, up to its limit', () => {
      const store = fresh(...Array.from({ length: 300 }, (_none, index) => add(outboxRow(index + 1))));
      expect(ords(store.query({ ...outPage, limit: 130 }))).toHaveLength(130);
      expect(ords(store.query({ ...outPage, limit: 1000 }))).toEqual(ords(store.outbox()));
    });
  });

  describe('deadlines', () => {
    test('deadlines - what is open, unwished and due, the soonest first', () => {
      const store = fresh(
        add(outboxRow(1, { deadline: 300 })),
        add(outboxRow(2, { deadline: 100 })),
        add(outboxRow(3, { deadline: 200, wish: 'expired' })),
        add(outboxRow(4, { deadline: 50, open: false })),
        add(outboxRow(5, { deadline: 100 })),
        add(outboxRow(6, { deadline: 301 })),
      );
      const due = (before: number, limit = 10): number[] =>
        store.query({ query: 'due', before, limit }).map((record) => record.ord);
      expect(due(300)).toEqual([2, 5, 1]);
      expect(due(300, 2)).toEqual([2, 5]);
      expect(due(99)).toEqual([]);
      expect(store.query({ query: 'soonest-deadline' })).toBe(100);
      expect(store.query({ query: 'restart' }).soonestDeadline).toBe(100);
    });

    test('deadlines - none where nothing is open', () => {
      const store = fresh(add(outboxRow(1, { open: false })), add(outboxRow(2, { wish: 'cancelled' })));
      expect(store.query({ query: 'soonest-deadline' })).toBeNull();
      expect(store.query({ query: 'due', before: 10_000, limit: 10 })).toEqual([]);
    });
  });

  describe('inbox', () => {
    test('inbox - start, pid, again, start and end are kept', () => {
      const store = fresh({ op: 'inbox-add', record: inboxRow(1) });
      store.apply({ op: 'inbox-start', ord: 1, at: 30, mark: '{"stdout":1,"stderr":0}', attempts: 1 });
      store.apply({ op: 'inbox-pid', ord: 1, pid: 77, pidStart: '5' });
      expect(store.inbox()[0]).toMatchObject({ state: 'started', startedAt: 30, pid: 77, pidStart: '5' });
      store.apply({ op: 'inbox-again', ord: 1, begun: true, attempts: 1 });
      expect(store.inbox()[0]).toMatchObject({
        state: 'accepted',
        pid: null,
        pidStart: null,
        mark: '{"stdout":1,"stderr":0}',
        attempts: 1,
      });
      store.apply(
        { op: 'inbox-start', ord: 1, at: 31, mark: null, attempts: 1 },
        { op: 'inbox-end', ord: 1, at: 32, outcome: '{"state":"failed"}' },
      );
      expect(store.inbox()[0]).toMatchObject({ state: 'ended', endedAt: 32, outcome: '{"state":"failed"}' });
    });

    test('inbox - a run that failed waits for the next one, which is counted before it starts', () => {
      const mark = '{"stdout":1,"stderr":0}';
      const store = fresh({ op: 'inbox-add', record: inboxRow(1) });
      expect(store.inbox()[0]).toMatchObject({ attempts: 0, retryAt: null });
      store.apply(
        { op: 'inbox-start', ord: 1, at: 30, mark, attempts: 1 },
        { op: 'inbox-pid', ord: 1, pid: 77, pidStart: '5' },
        { op: 'inbox-retry', ord: 1, attempts: 1, retryAt: 5000 },
        { op: 'inbox-retry', ord: 9, attempts: 1, retryAt: 5000 },
      );
      const resting = { state: 'accepted', attempts: 1, retryAt: 5000, mark: null, pid: null, pidStart: null };
      expect(store.inbox()[0]).toMatchObject(resting);
      const page = { query: 'inbox-page', from: 'central', lane: 'cliCommand', afterOrd: 0, limit: 9 } as const;
      expect(store.query(page)).toMatchObject([resting]);
      expect(store.query({ query: 'restart' })).toMatchObject({
        started: [],
        marked: [],
        inLanes: [{ from: 'central' }],
      });
      store.apply({ op: 'inbox-start', ord: 1, at: 40, mark: null, attempts: 2 });
      expect(store.inbox()[0]).toMatchObject({ state: 'started', startedAt: 40, attempts: 2, retryAt: null });
    });
  });

  describe('lanes of the receiver', () => {
    const page = { query: 'inlane', from: 'central', lane: 'cliCommand' } as const;

    test('inlanes - the standing of an epoch is replaced, exceptions with it', () => {
      const exceptions = [
        { position: 2, kind: 'voided', reason: '' },
        { position: 3, kind: 'rejected', reason: 'policy "x"' },
      ] as const;
      const store = fresh(
        { op: 'inlane', record: inLaneRow() },
        { op: 'inlane', record: inLaneRow({ last: 3, tag: 'tag3', exceptions }) },
      );
      expect(store.query(page)).toEqual([inLaneRow({ last: 3, tag: 'tag3', exceptions })]);
    });

    test(`inlanes - only the newest ${maxEpochs} epochs of a lane are remembered, in their order`, () => {
      const put = (number: number, last = 1): StoreOp => ({
        op: 'inlane',
        record: inLaneRow({ epoch: `epoch${number}`, last }),
      });
      const store = fresh(
        ...Array.from({ length: maxEpochs }, (_none, index) => put(index)),
        { op: 'inlane', record: inLaneRow({ lane: 'ping' }) },
        { op: 'inlane', record: inLaneRow({ from: 'ship2' }) },
        put(0, 2),
        put(maxEpochs),
        put(maxEpochs + 1),
      );
      const kept = Array.from({ length: maxEpochs }, (_none, index) => `epoch${index + 2}`);
      expect(store.query(page).map((record) => record.epoch)).toEqual(kept);
      expect(store.query({ ...page, lane: 'ping' })).toHaveLength(1);
      expect(store.query({ ...page, from: 'ship2' })).toHaveLength(1);
    });

    test('inlanes - an epoch that was forgotten comes back as the newest', () => {
      const put = (number: number): StoreOp => ({ op: 'inlane', record: inLaneRow({ epoch: `epoch${number}` }) });
      const store = fresh(...Array.from({ length: maxEpochs + 1 }, (_none, index) => put(index)), put(0));
      const epochs = store.query(page).map((record) => record.epoch);
      expect(epochs).toHaveLength(maxEpochs);
      expect(epochs.at(0)).toBe('epoch2');
      expect(epochs.at(-1)).toBe('epoch0');
    });

    test('inlanes - a new incarnation forgets them all, and nothing else', () => {
      const store = fresh(
        { op: 'inlane', record: inLaneRow() },
        { op: 'inlane', record: inLaneRow({ from: 'ship2', lane: 'ping' }) },
        { op: 'inbox-add', record: inboxRow(1) },
        { op: 'inlanes-clear' },
      );
      expect(store.query(page)).toEqual([]);
      expect(store.query({ query: 'inlane', from: 'ship2', lane: 'ping' })).toEqual([]);
      expect(store.inbox()).toHaveLength(1);
    });

    test('inlanes - a lane whose name begins like another is another', () => {
      const store = fresh(
        { op: 'inlane', record: inLaneRow({ lane: 'ping' }) },
        { op: 'inlane', record: inLaneRow({ lane: 'ping*' }) },
        { op: 'inlane', record: inLaneRow({ lane: 'ping', from: 'central.b' }) },
      );
      expect(store.query({ ...page, lane: 'ping' })).toHaveLength(1);
      expect(store.query({ ...page, lane: 'ping*' })).toHaveLength(1);
    });
  });

  describe('pieces', () => {
    const piece = (index: number, text: string, of: typeof owner | { box: 'in'; sender: string; id: string } = owner) =>
      ({ op: 'piece', owner: of, index, bytes: new TextEncoder().encode(text) }) as const;
    const texts = (store: StoreUnderTest, fromIndex: number, limit: number, of: object = owner): string[] =>
      store
        .query({ query: 'pieces', owner: of as typeof owner, fromIndex, limit })
        .map((bytes) => new TextDecoder().decode(bytes));

    test('pieces - in the order of their numbers, from one of them on, so many at most', () => {
      const store = fresh(piece(2, 'c'), piece(0, 'a'), piece(1, 'b'), piece(3, 'd'));
      expect(texts(store, 0, 10)).toEqual(['a', 'b', 'c', 'd']);
      expect(texts(store, 1, 2)).toEqual(['b', 'c']);
      expect(texts(store, 4, 2)).toEqual([]);
    });

    test('pieces - one that comes again replaces the first, and a gap is no piece', () => {
      const store = fresh(piece(0, 'a'), piece(0, 'A'), piece(3, 'd'));
      expect(texts(store, 0, 10)).toEqual(['A', 'd']);
      expect(texts(store, 1, 1)).toEqual(['d']);
    });

    test('pieces - belong to box, sender and message', () => {
      const incoming = { box: 'in', sender: 'central', id: owner.id } as const;
      const store = fresh(piece(0, 'out'), piece(0, 'in', incoming));
      expect(texts(store, 0, 10)).toEqual(['out']);
      expect(texts(store, 0, 10, incoming)).toEqual(['in']);
      expect(texts(store, 0, 10, { ...incoming, sender: 'ship2' })).toEqual([]);
      store.apply({ op: 'pieces-drop', owner });
      expect(texts(store, 0, 10)).toEqual([]);
      expect(texts(store, 0, 10, incoming)).toEqual(['in']);
    });

    test('pieces - that are passed on replace all that lay there, and where there are none, nothing changes', () => {
      const incoming = { box: 'in', sender: 'central', id: owner.id } as const;
      const pass = { op: 'pieces-pass', from: incoming, to: owner } as const;
      const store = fresh(piece(0, 'old'), piece(3, 'older'), piece(0, 'new', incoming), piece(1, 'newer', incoming));
      store.apply(pass);
      expect(texts(store, 0, 10)).toEqual(['new', 'newer']);
      expect(texts(store, 0, 10, incoming)).toEqual([]);
      store.apply(pass);
      expect(texts(store, 0, 10)).toEqual(['new', 'newer']);
    });

    test('pieces - go with the reply that is dropped', () => {
      const store = fresh(add(outboxRow(1, { isReply: true })), add(outboxRow(2)), piece(0, 'a'));
      store.apply({ op: 'outbox-drop', ord: 1, owner });
      expect(store.outbox()).toEqual([outboxRow(2)]);
      expect(texts(store, 0, 10)).toEqual([]);
    });

    test('transfers - are replaced, and dropped with or without their pieces', () => {
      const incoming = (id: number) => ({ box: 'in', sender: 'central', id: idOf(id) }) as const;
      const transfer = (id: number, have: number): StoreOp => ({
        op: 'transfer',
        record: { from: 'central', id: idOf(id), size: 100, have },
      });
      const store = fresh(
        transfer(1, 10),
        transfer(1, 20),
        transfer(2, 5),
        piece(0, 'one', incoming(1)),
        piece(0, 'two', incoming(2)),
      );
      const known = (): object[] => [...store.query({ query: 'restart' }).transfers];
      expect(known()).toEqual([
        { from: 'central', id: idOf(1), size: 100, have: 20 },
        { from: 'central', id: idOf(2), size: 100, have: 5 },
      ]);
      store.apply({ op: 'transfer-drop', from: 'central', id: idOf(1), pieces: false });
      store.apply({ op: 'transfer-drop', from: 'central', id: idOf(2), pieces: true });
      expect(known()).toEqual([]);
      expect(texts(store, 0, 10, incoming(1))).toEqual(['one']);
      expect(texts(store, 0, 10, incoming(2))).toEqual([]);
    });

    test('transfers - of a body that an accepted message has are dropped without its pieces', () => {
      const incoming = (id: number) => ({ box: 'in', sender: 'central', id: idOf(id) }) as const;
      const accepted = (ord: number, of: Partial<InboxRecord>): StoreOp => ({
        op: 'inbox-add',
        record: inboxRow(ord, { from: 'central', body: null, bodySize: 100_000, ...of }),
      });
      const store = fresh(
        accepted(1, { id: idOf(1), state: 'ended' }),
        accepted(2, { id: idOf(2), from: 'another' }),
        accepted(3, { id: idOf(3), bodySize: 3 }),
        ...[1, 2, 3].map((id) => piece(0, `piece ${id}`, incoming(id))),
      );
      for (const id of [1, 2, 3]) store.apply({ op: 'transfer-drop', from: 'central', id: idOf(id), pieces: true });
      expect([1, 2, 3].map((id) => texts(store, 0, 10, incoming(id)))).toEqual([['piece 1'], [], []]);
    });
  });

  describe('what waits', () => {
    test('outbox load - counts what is open for a node, in heads and bodies', () => {
      const rows = [
        outboxRow(1, { head: '{"i":"1"}', bodySize: 7 }),
        outboxRow(2, { head: '{}', bodySize: 100_000, body: null, lane: 'ping', isReply: true }),
        outboxRow(3, { open: false }),
        outboxRow(4, { to: 'ship2' }),
      ];
      const store = fresh(...rows.map(add));
      const load = (to: string): unknown => store.query({ query: 'outbox-load', to });
      expect(load('ship1')).toEqual({ messages: 2, bytes: 9 + 7 + 2 + 100_000 });
      expect(load('ship3')).toEqual({ messages: 0, bytes: 0 });
      store.apply({ op: 'outbox-settle', ord: 1, state: 'delivered', at: 1, reason: null });
      expect(load('ship1')).toEqual({ messages: 1, bytes: 2 + 100_000 });
      store.apply({ op: 'outbox-drop', ord: 2, owner: null });
      expect(load('ship1')).toEqual({ messages: 0, bytes: 0 });
    });

    test('outbox load - what goes again counts again', () => {
      const row = outboxRow(1, { rerun: 'always', state: 'delivered', open: false, position: 1, tag: 't' });
      const store = fresh(add(row));
      expect(store.query({ query: 'outbox-load', to: 'ship1' })).toEqual({ messages: 0, bytes: 0 });
      const lost = { to: 'ship1', lane: null, delivered: true, mayHaveLeft: 0, at: 1, reason: 'lost' };
      store.apply({ op: 'outlane-lost', ...lost });
      expect(store.query({ query: 'outbox-load', to: 'ship1' })).toEqual({ messages: 1, bytes: bytesOf(row) });
    });
  });

  describe('restart', () => {
    test('restart - an empty store says so', () => {
      const state = fresh().query({ query: 'restart' });
      expect(state).toMatchObject({
        boots: [],
        peers: [],
        outLanes: [],
        inLanes: [],
        started: [],
        transfers: [],
        lastOutboxOrd: 0,
        lastInboxOrd: 0,
        soonestDeadline: null,
      });
      expect(state.meta['incarnation']).toBeUndefined();
    });

    test('restart - everything that a new life has to know', () => {
      const ship = { name: 'ship1', incarnation: 'i1', boot: 'b1', heardAt: 5, version: '1.0', groups: ['north'] };
      const store = fresh(
        { op: 'meta', key: 'incarnation', value: 'i0' },
        { op: 'meta', key: 'incarnation', value: 'i9' },
        { op: 'meta', key: 'nodeTime', value: '17' },
        { op: 'boot', boot: 'first', at: 1 },
        { op: 'boot', boot: 'second', at: 2 },
        { op: 'peer', record: { ...ship, heardAt: 1, version: null } },
        { op: 'peer', record: ship },
        { op: 'peer', record: { name: 'ship2', incarnation: null, boot: null, heardAt: 0, version: null, groups: [] } },
        add(outboxRow(1)),
        add(outboxRow(2)),
        add(outboxRow(3, { lane: 'ping' })),
        add(outboxRow(4, { to: 'ship2', open: false })),
        { op: 'inbox-add', record: inboxRow(1) },
        { op: 'inbox-add', record: inboxRow(2, { lane: 'ping', state: 'ended' }) },
        { op: 'inbox-add', record: inboxRow(4, { lane: 'ping' }) },
        { op: 'inbox-add', record: inboxRow(3, { lane: 'ping' }) },
        { op: 'inbox-start', ord: 4, at: 9, mark: null, attempts: 1 },
        { op: 'inbox-start', ord: 3, at: 9, mark: null, attempts: 1 },
      );
      const state = store.query({ query: 'restart' });
      expect(state.meta).toMatchObject({ incarnation: 'i9', nodeTime: '17' });
      expect(state.boots).toEqual(['second', 'first']);
      expect([...state.peers].sort((a, b) => a.name.localeCompare(b.name))).toEqual([
        ship,
        { name: 'ship2', incarnation: null, boot: null, heardAt: 0, version: null, groups: [] },
      ]);
      const ofOne = { messages: 1, bytes: bytesOf(outboxRow(1)) };
      expect([...state.outLanes].sort((a, b) => a.lane.localeCompare(b.lane))).toEqual([
        { to: 'ship1', lane: 'cliCommand', messages: 2, bytes: 2 * ofOne.bytes },
        { to: 'ship1', lane: 'ping', ...ofOne },
      ]);
      expect(state.inLanes).toEqual([
        { from: 'central', lane: 'cliCommand', messages: 1, bytes: bytesOf(inboxRow(1)) },
      ]);
      expect(state.started.map((record) => record.ord)).toEqual([3, 4]);
      expect(state).toMatchObject({ lastOutboxOrd: 4, lastInboxOrd: 4 });
    });
  });
});
