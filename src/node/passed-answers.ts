// Tells who follows a request of what becomes of its answer at another node: the message that takes it there has an id of its own.
//
// Boundary. From: service.ts, with what the flow tells. To: those who watch.
// 1. Nothing is looked up while this node passes no answer on.
import type { MessageEvent } from '../contract/message-event.ts';
import type { Log } from '../base/log.ts';
import { isFinal } from '../model/state.ts';
import type { Store } from '../store/open-store.ts';

export class PassedAnswers {
  private readonly parts: { readonly store: Store; readonly warn: Log['warn'] };
  private any = false;

  constructor(parts: PassedAnswers['parts']) {
    this.parts = parts;
  }

  /** Some of an earlier life may be under way. */
  async begin(): Promise<void> {
    if (await this.parts.store.view({ view: 'passes-on' })) this.any = true;
  }

  sent(): void {
    this.any = true;
  }

  /** `tell` is called with what the event means for a request. */
  heard(event: MessageEvent, tell: (event: MessageEvent) => void): void {
    if (!this.any) return;
    // What was lost may be such a message, to a node that is not the one that its request goes to.
    if (event.type === 'lost' && event.to !== null) return tell({ type: 'lost', to: null });
    if (event.type !== 'state' || !isFinal(event.state)) return;
    const { id, at, state } = event;
    this.parts.store.view({ view: 'messages', ids: [id] }).then(
      ([record]) => {
        if (record?.answerOf == null) return;
        tell({ type: 'reply', id: record.answerOf, state: state === 'succeeded' ? 'handled' : 'failed', at });
      },
      (error: unknown) => {
        this.parts.warn('who waits for an answer at another node was not told', { id, reason: String(error) });
      },
    );
  }
}
