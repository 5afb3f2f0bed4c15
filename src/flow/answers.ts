// Answers to effects that are still to come, by the token that the effect bears.
import type { FlowEvent } from './event.ts';

type Continuation = (result: unknown, error?: string) => void;

export class Answers {
  private next = 1;
  private readonly waiting = new Map<number, Continuation>();

  expect(go: Continuation): number {
    const token = this.next;
    this.next += 1;
    this.waiting.set(token, go);
    return token;
  }

  forget(token: number): void {
    this.waiting.delete(token);
  }

  take({ token, result, error }: FlowEvent & { type: 'done' }): void {
    const go = this.waiting.get(token);
    this.waiting.delete(token);
    go?.(result, error);
  }
}
