// Writes what waits in one transaction; where that cannot be, one by one.
//
// From: commit-queue.ts. To: the database. What it answers may be told when it has been synced.
// 1. The thread is held for a turn and one statement at a time, however much is to be written or read. Nobody else uses the
//    connection meanwhile, so nobody sees a half.
import type { Clock } from '../base/clock.ts';
import { inTurns, Turns } from '../base/turns.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import { answerQuery } from './query.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { isBusy, isCorrupt, isOurFault, reasonOf } from './store-error.ts';
import { answerView, type ViewQuery } from './view.ts';

/** Requests in one transaction, at most: a bound on how long the first of them waits. */
const maxGroup = 2000;
/** A commit with more changes than this lets those before it be told first. */
const largeCommit = 500;

export type StoreAnswer = (result: unknown, error?: string) => void;

export type StoreRequest = { readonly tell: StoreAnswer } & (
  | {
      readonly type: 'commit';
      readonly ops: readonly StoreOp[];
      readonly refusable: boolean;
      readonly mayWait?: boolean | undefined;
    }
  | { readonly type: 'query'; readonly query: StoreQuery }
  | { readonly type: 'view'; readonly view: ViewQuery }
);

type Tell = () => void;

export interface Written {
  /** Of the first requests of the group, in their order. */
  readonly tells: readonly Tell[];
  /** Why the next one cannot be written, although it must be. */
  readonly failure?: unknown;
}

export interface WriteParts {
  readonly store: SqliteStore;
  readonly clock: Clock;
}

/** Rejects with damage and with mistakes of this program: nothing of the group may be told then. */
export async function writeGroup(group: readonly StoreRequest[], { store, clock }: WriteParts): Promise<Written> {
  const turns = new Turns(clock);
  try {
    const writes = group.some(({ type }) => type === 'commit');
    return {
      tells: await (writes ? inTransaction(store, () => all(group, store, turns)) : all(group, store, turns)),
    };
  } catch (error) {
    return oneByOne(group, { store, turns, first: error });
  }
}

async function all(group: readonly StoreRequest[], store: SqliteStore, turns: Turns): Promise<Tell[]> {
  const tells: Tell[] = [];
  for (const request of group) tells.push(await perform(request, store, turns));
  return tells;
}

async function inTransaction<Value>(store: SqliteStore, act: () => Promise<Value>): Promise<Value> {
  store.begin();
  try {
    const value = await act();
    store.end();
    return value;
  } catch (error) {
    store.rollback();
    throw error;
  }
}

/** One of the group cannot be written or read. Each is tried alone, so that a refusal names the one that is refused. */
async function oneByOne(
  group: readonly StoreRequest[],
  { store, turns, first }: { readonly store: SqliteStore; readonly turns: Turns; readonly first: unknown },
): Promise<Written> {
  if (isOurFault(first) || isCorrupt(first)) throw first;
  if (isBusy(first)) return { tells: [], failure: first };
  const tells: Tell[] = [];
  for (const request of group) {
    const alone = (): Promise<Tell> => perform(request, store, turns);
    try {
      tells.push(await (request.type === 'commit' ? inTransaction(store, alone) : alone()));
    } catch (error) {
      if (isOurFault(error) || isCorrupt(error)) throw error;
      if (isBusy(error) || !mayBeRefused(request)) return { tells, failure: error };
      tells.push(() => request.tell(undefined, reasonOf(error)));
    }
  }
  return { tells };
}

/** What need not be done: intake's commits, and what people look at. */
export function mayBeRefused(request: StoreRequest): boolean {
  return request.type === 'view' || (request.type === 'commit' && request.refusable);
}

/** Answers what there is to tell when it is durable: of a commit, that it is. */
async function perform(request: StoreRequest, store: SqliteStore, turns: Turns): Promise<Tell> {
  if (request.type === 'commit') {
    await inTurns(store.apply(request.ops), turns);
    return () => request.tell(undefined);
  }
  const tell = readNow(request, store);
  if (turns.isOver()) await turns.next();
  return tell;
}

export function readNow(request: StoreRequest & { readonly type: 'query' | 'view' }, store: SqliteStore): Tell {
  const result = request.type === 'query' ? answerQuery(store, request.query) : answerView(store, request.view);
  return () => request.tell(result);
}

/** What one transaction takes of what waits; `writeGroup` answers the looks among it that came meanwhile. */
export function nextGroup(queue: readonly StoreRequest[]): readonly StoreRequest[] {
  const isLarge = (request: StoreRequest): boolean => request.type === 'commit' && request.ops.length > largeCommit;
  const large = queue.findIndex((request, at) => at > 0 && isLarge(request));
  return queue.slice(0, large > 0 ? Math.min(large, maxGroup) : maxGroup);
}
