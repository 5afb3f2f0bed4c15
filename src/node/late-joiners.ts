// Submissions that also go to nodes of their groups that appear until they expire.
//
// Boundary. From: service.ts (what is submitted and cancelled), the notices of the flow (who says hello). To: the engine, as messages of the
// same submission, and the store.
// 1. A node gets each message of a submission once: that it has it is written by the commit that takes the message in.
// 2. Nobody is missed: every start looks at all nodes that were heard of, and so does a tick after a change of groups.toml, or a refusal.
// 3. The messages lie on the disk, and are read for a node that lacks one; memory holds a line for each open submission, `maxOpen` at most,
//    and the names of nodes that have just been heard.
import type { Clock, Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { SubmitAnswer } from '../flow/event.ts';
import type { Flow } from '../flow/flow.ts';
import type { NewMessage } from '../flow/new-message.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { Parsed } from '../intake/parse-message-file.ts';
import { describeError, StewardError } from '../model/error.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Store } from '../store/open-store.ts';
import type { Engine } from './engine.ts';
import type { WrittenGroups } from './groups.ts';
import { withResolvers } from './resolvers.ts';
import { contentsOf, joinedOp, lastOf, makeFor, partsOf, refuseLate, type MadeOf, type Part } from './standing.ts';

export const maxOpen = 100;
const tickMs = 60_000;

interface Open {
  readonly parts: readonly Part[];
  /** The groups.toml with which all nodes were looked at last. */
  lookedAt: number;
  /** The store knows it, and whom it goes to already. */
  isDurable: boolean;
}

export interface LateJoinersParts {
  readonly node: NodeName;
  readonly central: NodeName;
  readonly flow: Pick<Flow, 'newId' | 'newMessage' | 'nodeTime' | 'knownPeers'>;
  readonly engine: Pick<Engine, 'handle'>;
  readonly store: Pick<Store, 'view'>;
  readonly timers: Timers;
  readonly defaults: DraftDefaults;
  readonly groups: WrittenGroups;
  readonly clock: Clock;
  readonly warn: Log['warn'];
}

/** What belongs to the commit of a submission that stays open. */
export interface Standing {
  readonly of: { readonly submission: MessageId; readonly ops: readonly StoreOp[] };
  /** To be called when it is durable. */
  readonly opened: () => void;
  /** To be called when it was refused. */
  readonly refused: () => void;
}

export class LateJoiners {
  private readonly parts: LateJoinersParts;
  private readonly begun = withResolvers();
  private readonly open = new Map<MessageId, Open>();
  /** Nodes that may lack something. */
  private readonly toServe = new Set<NodeName>();
  private isServing = false;
  private again = false;
  private cancelTick: (() => void) | undefined;

  constructor(parts: LateJoinersParts) {
    this.parts = parts;
  }

  /** To be called when the flow is ready. */
  async begin(): Promise<void> {
    this.parts.groups.refresh();
    for (const { id, parts } of await this.parts.store.view({ view: 'open-standings' }))
      this.open.set(id, { parts: partsOf(parts), lookedAt: -1, isDurable: true });
    this.begun.resolve();
    void this.submit([], { submission: '', ops: [{ op: 'standing-prune' }] }).then(() => this.tidy());
    this.tickLater();
  }

  close(): void {
    this.cancelTick?.();
    this.open.clear();
    this.toServe.clear();
  }

  /** A node has said hello. */
  heard(node: NodeName): void {
    if (this.open.size === 0 || node === this.parts.node) return;
    this.toServe.add(node);
    void this.serveAll();
  }

  /** Throws `invalid-message` where this node cannot know who appears, and `queue-full` where too many are open. */
  standing(parsed: Parsed, messages: readonly NewMessage[]): Standing | undefined {
    const { flow, clock } = this.parts;
    if (parsed.late.length === 0) return undefined;
    this.refuse(parsed);
    const submission = flow.newId();
    const parts = parsed.late.map(({ part, groups, spanMs }): Part => {
      return { part, until: flow.nodeTime() + spanMs, groups };
    });
    const partOf = parsed.counts.flatMap((count, part) => Array.from({ length: count }, () => part));
    const joined = messages.map(({ message }, index) => joinedOp(submission, { message, part: partOf[index] ?? 0 }));
    const [at, until] = [Math.round(clock.wall()), lastOf(parts)];
    const record = { id: submission, at, until, parts: JSON.stringify(parts), contents: contentsOf(parsed) };
    const open: Open = { parts, lookedAt: -1, isDurable: false };
    // From now on it counts among those that are open.
    this.open.set(submission, open);
    return {
      of: { submission, ops: [{ op: 'standing', record }, ...joined] },
      refused: () => void this.open.delete(submission),
      opened: () => {
        open.isDurable = true;
        this.tickLater();
        // Who has come since it was read.
        void this.lookFor(submission, open);
      },
    };
  }

  /** What `standing` throws. */
  refuse(parsed: Parsed): void {
    refuseLate(parsed, { ...this.parts, open: this.open.size, maxOpen });
  }

  /** It goes to nobody else. Answers false where it did not; rejects where that cannot be written. */
  async end(submission: MessageId): Promise<boolean> {
    await this.begun.promise;
    const known = this.open.get(submission);
    if (known === undefined) return false;
    this.open.delete(submission);
    const ops = [{ op: 'standing-close', id: submission }, { op: 'standing-prune' }] as const;
    const answer = await this.submit([], { submission, ops });
    if (answer.type === 'accepted') return lastOf(known.parts) > this.parts.flow.nodeTime();
    this.open.set(submission, { ...known, lookedAt: -1 });
    this.again = true;
    throw new StewardError(answer.code, `nothing was cancelled: ${answer.reason}`, { hint: answer.hint });
  }

  private tickLater(): void {
    if (this.open.size === 0 || this.cancelTick !== undefined) return;
    this.cancelTick = this.parts.timers.after(tickMs, () => {
      this.cancelTick = undefined;
      void this.tidy().finally(() => this.tickLater());
    });
  }

  /** What has passed its time is ended; of the rest, whoever lacks something gets it. */
  private async tidy(): Promise<void> {
    const { flow, groups } = this.parts;
    groups.refresh();
    const everybody = this.again;
    this.again = false;
    // What cannot be ended now comes back, at the end of the map: it is not looked at again in this turn.
    const all = [...this.open];
    for (const [submission, open] of all) {
      if (!open.isDurable) continue;
      if (lastOf(open.parts) <= flow.nodeTime())
        await this.end(submission).catch((error: unknown) => this.failed(error));
      else if (everybody || open.lookedAt !== groups.version) await this.lookFor(submission, open);
    }
  }

  private async lookFor(submission: MessageId, open: Open): Promise<void> {
    const { store, groups } = this.parts;
    groups.refresh();
    open.lookedAt = groups.version;
    const nodes = groups.members([...new Set(open.parts.flatMap((part) => part.groups))]);
    const parts = open.parts.map(({ part }) => part);
    try {
      for (const node of await store.view({ view: 'not-joined', id: submission, nodes, parts })) this.toServe.add(node);
    } catch (error) {
      this.failed(error);
    }
    await this.serveAll();
  }

  private async serveAll(): Promise<void> {
    if (this.isServing) return;
    this.isServing = true;
    try {
      for (const node of this.toServe) {
        this.toServe.delete(node);
        for (const [submission, { parts, isDurable }] of this.open)
          if (isDurable) await this.serve(submission, { node, parts });
      }
    } catch (error) {
      this.failed(error);
    }
    this.isServing = false;
  }

  private async serve(
    submission: MessageId,
    of: { readonly node: NodeName; readonly parts: readonly Part[] },
  ): Promise<void> {
    const { flow, groups, store } = this.parts;
    const { node } = of;
    const peer = flow.knownPeers().get(node);
    const own = new Set(groups.groupsOf(node, peer === undefined || peer.heardAt === 0 ? undefined : peer.groups));
    const now = flow.nodeTime();
    const wanted = of.parts.filter(({ until, groups: to }) => until > now && to.some((group) => own.has(group)));
    if (wanted.length === 0) return;
    const has = new Set(await store.view({ view: 'joined-parts', id: submission, node }));
    const lacked = wanted.filter(({ part }) => !has.has(part));
    if (lacked.length === 0) return;
    const contents = await store.view({ view: 'standing-contents', id: submission });
    const made = this.make(lacked, { node, groups: own, contents });
    // It may have been cancelled meanwhile: nothing may come between this look and what is submitted.
    if (made.length === 0 || !this.open.has(submission)) return;
    const messages = made.map(({ draft }) => flow.newMessage(draft));
    const ops = messages.map(({ message }, index) => joinedOp(submission, { message, part: made[index]?.part ?? 0 }));
    const answer = await this.submit(messages, { submission, ops });
    if (answer.type === 'refused') this.failed(new StewardError(answer.code, answer.reason, { hint: answer.hint }));
  }

  private make(parts: readonly Part[], to: Parameters<typeof makeFor>[1]['to']): readonly MadeOf[] {
    const { node, defaults, flow } = this.parts;
    try {
      return makeFor(parts, { to, defaults: { ...defaults, node }, now: flow.nodeTime() });
    } catch (error) {
      // An earlier version has taken it in.
      this.failed(error);
      return [];
    }
  }

  private submit(
    messages: readonly NewMessage[],
    of: { readonly submission: MessageId; readonly ops: readonly StoreOp[] },
  ): Promise<SubmitAnswer> {
    return new Promise((resolve) => this.parts.engine.handle({ type: 'submit', messages, ...of, answer: resolve }));
  }

  /** The next tick tries again. */
  private failed(error: unknown): void {
    this.again = true;
    this.parts.warn('nodes that have appeared lack a message, and are tried again within a minute', {
      error: describeError(error),
    });
  }
}
