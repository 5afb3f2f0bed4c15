// Answers to effects that are still to come, by the token that the effect bears.
import type { FlowEvent } from './event.ts';

type Then = (result: unknown, error?: string) => void;

export class Answers {
  private next = 1;
  private readonly waiting = new Map<number, Then>();

  expect(then: Then): number {
    const token = this.next;
    this.next += 1;
    this.waiting.set(token, then);
    return token;
  }

  forget(token: number): void {
    this.waiting.delete(token);
  }

  take({ token, result, error }: FlowEvent & { type: 'done' }): void {
    const then = this.waiting.get(token);
    this.waiting.delete(token);
    then?.(result, error);
  }
}
