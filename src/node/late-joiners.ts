// Submissions that also go to nodes of their groups that appear until they expire.
//
// Boundary. From: service.ts (what is submitted and cancelled), start-node.ts (who says hello). To: the engine, as messages of the same
// submission, and the store.
// 1. A node gets each message of a submission once: that it has it is written by the commit that takes the message in.
// 2. Nobody is missed: every start looks at all nodes that were heard of, and so does a tick after a change of groups.toml, or a refusal.
// 3. What is known of a submission lies on the disk; memory holds a line for each open one, `maxOpen` at most, and the names of nodes that
//    have just been heard.
import type { Clock, Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Parsed } from '../intake/parse-message-file.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { SubmitAnswer } from '../flow/event.ts';
import type { Flow } from '../flow/flow.ts';
import type { NewMessage } from '../flow/new-message.ts';
import { describeError, StewardError } from '../model/error.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Store } from '../store/open-store.ts';
import type { Engine } from './engine.ts';
import type { WrittenGroups } from './groups.ts';
import { joinedOp, lastOf, makeFor, type Joiner, type MadeOf, type Part } from './standing.ts';

const maxOpen = 100;
const tickMs = 60_000;

interface Open {
  readonly parts: readonly Pick<Part, 'part' | 'until' | 'groups'>[];
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
}

export class LateJoiners {
  private readonly parts: LateJoinersParts;
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
    this.parts.groups.isChanged();
    for (const { id, parts } of await this.parts.store.view({ view: 'open-standings' }))
      this.open.set(id, { parts: JSON.parse(parts) as Part[] });
    void this.tidy();
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
  standing({ late, counts }: Parsed, messages: readonly NewMessage[]): Standing | undefined {
    const { node, central, flow } = this.parts;
    if (late.length === 0) return undefined;
    if (node !== central)
      throw new StewardError('invalid-message', `only ${central} hears of every node that appears`, {
        hint: `submit it there, or leave out lateJoiners`,
      });
    if (this.open.size >= maxOpen)
      throw new StewardError('queue-full', `nothing was accepted: ${maxOpen} submissions wait for nodes that appear`, {
        hint: 'end some of them: steward cancel --submission ID',
      });
    const submission = flow.newId();
    const kept = late.map(({ part, groups, spanMs, content }): Part => {
      return { part, until: flow.nodeTime() + spanMs, groups, content };
    });
    const record = {
      id: submission,
      at: Math.round(this.parts.clock.wall()),
      until: lastOf(kept),
      parts: JSON.stringify(kept),
    };
    const partOf = counts.flatMap((count, part) => Array.from({ length: count }, () => part));
    const joined = messages.map(({ message }, index) => joinedOp(submission, { message, part: partOf[index] ?? 0 }));
    return {
      of: { submission, ops: [{ op: 'standing', record }, ...joined] },
      opened: () => {
        this.open.set(submission, { parts: kept.map(({ part, until, groups }) => ({ part, until, groups })) });
        this.tickLater();
        // Who has come since it was read.
        void this.lookFor(submission);
      },
    };
  }

  /** It goes to nobody else. Answers false where it did not; rejects where that cannot be written. */
  async end(submission: MessageId): Promise<boolean> {
    const known = this.open.get(submission);
    if (known === undefined) return false;
    this.open.delete(submission);
    const answer = await this.submit([], { submission, ops: [{ op: 'standing-close', id: submission }] });
    if (answer.type === 'accepted') return true;
    this.open.set(submission, known);
    throw new StewardError(answer.code, `nothing was cancelled: ${answer.reason}`, { hint: answer.hint });
  }

  private tickLater(): void {
    if (this.open.size === 0 || this.cancelTick !== undefined) return;
    this.cancelTick = this.parts.timers.after(tickMs, () => {
      this.cancelTick = undefined;
      const isChanged = this.parts.groups.isChanged();
      void (isChanged || this.again ? this.tidy() : this.endOld()).finally(() => this.tickLater());
    });
  }

  /** What has passed its time is ended; of the rest, whoever lacks something gets it. */
  private async tidy(): Promise<void> {
    this.again = false;
    await this.endOld();
    for (const submission of this.open.keys()) await this.lookFor(submission);
  }

  private async endOld(): Promise<void> {
    const now = this.parts.flow.nodeTime();
    for (const [submission, { parts }] of this.open)
      if (lastOf(parts) <= now) await this.end(submission).catch((error: unknown) => this.failed(error));
  }

  private async lookFor(submission: MessageId): Promise<void> {
    const open = this.open.get(submission);
    if (open === undefined) return;
    this.parts.groups.isChanged();
    const groups = [...new Set(open.parts.flatMap((part) => part.groups))];
    const nodes = this.parts.groups.members(groups);
    const parts = open.parts.map(({ part }) => part);
    try {
      const view = { view: 'not-joined', id: submission, nodes, parts } as const;
      for (const node of await this.parts.store.view(view)) this.toServe.add(node);
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
        for (const submission of this.open.keys()) await this.serve(submission, node);
      }
    } catch (error) {
      this.failed(error);
    }
    this.isServing = false;
  }

  private async serve(submission: MessageId, node: NodeName): Promise<void> {
    const { flow, groups, store } = this.parts;
    const peer = flow.knownPeers().get(node);
    const own = new Set(groups.groupsOf(node, peer === undefined || peer.heardAt === 0 ? undefined : peer.groups));
    const isFor = ({ until, groups: of }: Pick<Part, 'until' | 'groups'>): boolean =>
      until > flow.nodeTime() && of.some((group) => own.has(group));
    if (!(this.open.get(submission)?.parts.some(isFor) ?? false)) return;
    const has = new Set(await store.view({ view: 'joined-parts', id: submission, node }));
    const record = await store.view({ view: 'standing', id: submission });
    const kept = JSON.parse(record?.parts ?? '[]') as readonly Part[];
    const lacked = kept.filter((part) => isFor(part) && !has.has(part.part));
    const made = lacked.flatMap((part) => this.make(part, { node, groups: own }));
    // It may have been cancelled meanwhile: nothing may come between this look and what is submitted.
    if (made.length === 0 || !this.open.has(submission)) return;
    const messages = made.map(({ draft }) => flow.newMessage(draft));
    const ops = messages.map(({ message }, index) => joinedOp(submission, { message, part: made[index]?.part ?? 0 }));
    const answer = await this.submit(messages, { submission, ops });
    if (answer.type === 'refused') this.failed(new StewardError(answer.code, answer.reason, { hint: answer.hint }));
  }

  private make(part: Part, to: Joiner): readonly MadeOf[] {
    const { node, defaults, flow } = this.parts;
    try {
      return makeFor(part, { ...to, defaults: { ...defaults, node }, now: flow.nodeTime() });
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
