// Requests that this node makes for a method of its own, and waits for: a copy asks the node that gets its files.
//
// Boundary. From: methods (`askOther`), the notices of the flow. To: the engine, as messages like any other, and the store for their answers.
// 1. They are in custody: whoever dies, they arrive, and are handled once. Who asked in a life that has ended hears nothing; it asks anew.
// 2. Each question is answered with how it ended, or rejects when its signal is aborted: then what has not ended is taken back.
// 3. What was answered is forgotten at once: it counts as part of the message that it was done for. What its receiver's word has not come of goes with that; a node that dies before, or loses its link, leaves it to retention.
// 4. Bound: those who ask bound how much they have under way (methods/copy/window.ts).
import type { Timers } from '../base/clock.ts';
import { pause } from '../base/pause.ts';
import { endOfRound } from '../base/turns.ts';
import type { Notice } from '../flow/effect.ts';
import type { CancelAnswer, SubmitAnswer } from '../flow/event.ts';
import type { Flow } from '../flow/flow.ts';
import type { NewMessage } from '../flow/new-message.ts';
import type { Answer } from '../methods/copy/ask-target.ts';
import type { Draft, MessageId, Outcome } from '../model/message.ts';
import { maxFilterIds } from '../model/queue-filter.ts';
import { isFinal } from '../model/state.ts';
import type { Store } from '../store/open-store.ts';
import type { Engine } from './engine.ts';

export interface OwnRequestsParts {
  readonly flow: Pick<Flow, 'newMessage'>;
  readonly engine: Pick<Engine, 'handle'>;
  readonly store: Pick<Store, 'view'>;
  readonly timers: Timers;
}

export interface HowAsked {
  /** Called with its id before it is submitted. */
  readonly beforehand?: (id: MessageId) => void;
  /** It is not taken back when its signal is aborted: the next life follows it. */
  readonly stays?: true;
}

/** A store that cannot write now may do so in a while. */
const againMs = 1_000;

export class OwnRequests {
  private readonly parts: OwnRequestsParts;
  /** Each is called when something has become of its message. */
  private readonly waiting = new Map<MessageId, () => void>();
  private readonly unwanted = new Set<MessageId>();
  private takingBack: Promise<void> | undefined;

  constructor(parts: OwnRequestsParts) {
    this.parts = parts;
  }

  readonly ask = async (draft: Draft, signal: AbortSignal, how: HowAsked = {}): Promise<Answer> => {
    const { message, head, body } = this.parts.flow.newMessage(draft);
    const { id } = message;
    // From its first notice to its last.
    this.waiting.set(id, () => undefined);
    try {
      how.beforehand?.(id);
      await this.submit({ message, head, body }, signal);
      const answer = await this.end(id, signal);
      if (answer !== undefined) return answer;
      if (how.stays !== true) await this.takeBack(id);
      // What has become of it is told with that answer.
      await endOfRound();
      throw new Error(`nobody waits for ${id} any more`);
    } finally {
      this.waiting.delete(id);
    }
  };

  /** One of an earlier life, by its id. Undefined where the signal came first; `unknown` where it was never submitted. */
  async follow(id: MessageId, signal: AbortSignal): Promise<Answer | undefined> {
    try {
      return await this.end(id, signal);
    } finally {
      this.waiting.delete(id);
    }
  }

  /** Whether it tells of one of these, which is part of another message. */
  isOwn(notice: Notice): boolean {
    return (notice.type === 'state' || notice.type === 'reply') && this.waiting.has(notice.id);
  }

  /** To be called with every notice. */
  note(notice: Notice): void {
    if (this.waiting.size === 0) return;
    if (notice.type === 'lost' || notice.type === 'unheard') for (const look of this.waiting.values()) look();
    else if (notice.type === 'reply' || (notice.type === 'state' && isFinal(notice.state)))
      this.waiting.get(notice.id)?.();
  }

  private async submit(made: NewMessage, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) throw new Error('it was not sent');
      const answer = await new Promise<SubmitAnswer>((resolve) =>
        this.parts.engine.handle({ type: 'submit', messages: [made], isOwn: true, answer: resolve }),
      );
      if (answer.type === 'accepted') return;
      if (answer.code === 'internal') throw new Error(answer.reason);
      await pause(this.parts.timers, againMs, signal);
    }
  }

  /** Undefined where the signal came first. */
  private async end(id: MessageId, signal: AbortSignal): Promise<Answer | undefined> {
    let wake = (): void => undefined;
    let isDue = true;
    const look = (): void => {
      isDue = true;
      wake();
    };
    this.waiting.set(id, look);
    signal.addEventListener('abort', look);
    try {
      while (!signal.aborted) {
        if (!isDue) await new Promise<void>((resolve) => (wake = resolve));
        isDue = false;
        const answer = await this.read(id);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', look);
    }
  }

  private async read(id: MessageId): Promise<Answer | undefined> {
    const { store, engine } = this.parts;
    const found = await store.view({ view: 'output', id });
    if (found === undefined) return { state: 'unknown', reason: 'it is not known any more', stdout: new Uint8Array(0) };
    const { request, body } = found;
    if (!isFinal(request.state) || request.replyState === 'pending') return undefined;
    engine.handle({ type: 'forget', to: request.to, ords: [request.ord] });
    const outcome = request.outcome === null ? undefined : (JSON.parse(request.outcome) as Outcome);
    const reason = request.reason ?? outcome?.reason;
    return { state: request.state, reason, stdout: body.subarray(0, outcome?.stdoutBytes ?? 0) };
  }

  /** Where the node stops it goes on: the next life asks behind it. Those of one copy end together, by one wish. */
  private takeBack(id: MessageId): Promise<void> {
    this.unwanted.add(id);
    this.takingBack ??= endOfRound().then(() => this.takeAllBack());
    return this.takingBack;
  }

  private async takeAllBack(): Promise<void> {
    const ids = [...this.unwanted];
    this.unwanted.clear();
    this.takingBack = undefined;
    for (let at = 0; at < ids.length; at += maxFilterIds) await this.cancel(ids.slice(at, at + maxFilterIds));
  }

  private cancel(ids: readonly MessageId[]): Promise<CancelAnswer> {
    const wish = { filter: { ids }, running: true, reason: 'what it was done for has ended' };
    return new Promise((answer) => this.parts.engine.handle({ type: 'cancel', ...wish, answer }));
  }
}
