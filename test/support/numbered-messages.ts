// Messages that are numbered, so that a case can say which of them arrived, how often and in which order. Without headers.
import type { RawClient } from './raw-client.ts';

/** From `first` on, `count` of them. */
export function publishes(subject: string, first: number, count: number): readonly string[] {
  return range(first, count).flatMap((number) => {
    const body = String(number);
    return [`PUB ${subject} ${body.length}`, body];
  });
}

export function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** The numbers that a client was given, in its order. Throws where there is anything else among the lines. */
export function numbersIn(lines: readonly string[]): readonly number[] {
  return lines.flatMap((line, index) => {
    const isHead = index % 2 === 0;
    if (isHead ? !line.startsWith('MSG ') : !/^\d+$/.test(line)) throw new Error(`unexpected: ${line}`);
    return isHead ? [] : [Number(line)];
  });
}

export async function numbersOf(client: RawClient): Promise<readonly number[]> {
  return numbersIn(await client.ask());
}

export function sorted(numbers: readonly (readonly number[])[]): readonly number[] {
  return numbers.flat().toSorted((left, right) => left - right);
}

export interface Flow {
  /** Numbers from 0 on. */
  readonly sent: () => number;
  /** Answers how many there were, when the broker has read them all. */
  stop(): Promise<number>;
}

const pieceSize = 20;

/** Messages in small pieces, each sent when the broker has read the one before, while the case does other things. */
export function startFlow(sender: RawClient, subject: string): Flow {
  let [sent, stopped] = [0, false];
  const flowing = (async (): Promise<void> => {
    while (!stopped) {
      const piece = publishes(subject, sent, pieceSize);
      sent += pieceSize;
      await sender.ask(...piece);
    }
  })();
  // A case that fails for another reason does not wait for it.
  flowing.catch(() => undefined);
  return {
    sent: () => sent,
    stop: async () => {
      stopped = true;
      await flowing;
      return sent;
    },
  };
}

/** What is wrong with numbers of which each of the first `sent` should be there once: nothing is how it should be. */
export function flaws(numbers: readonly number[], sent: number): Flaws {
  const seen = new Set(numbers);
  return {
    missing: range(0, sent).filter((number) => !seen.has(number)),
    repeated: numbers.length - seen.size,
    invented: [...seen].filter((number) => number >= sent),
  };
}

interface Flaws {
  readonly missing: readonly number[];
  readonly repeated: number;
  readonly invented: readonly number[];
}

export const flawless: Flaws = { missing: [], repeated: 0, invented: [] };
