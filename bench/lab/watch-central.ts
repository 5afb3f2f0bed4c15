// What central is like for those who use it, over some time: how soon it answers, how soon a command comes back from a ship.
import type { BenchNode } from './bench-node.ts';
import { command } from './messages.ts';
import { processorMs, processorWaitMs } from './processes.ts';
import { measureRoundTrips } from './round-trip.ts';
import { steadily, type Sample } from './steadily.ts';

export interface Watched {
  /** Of its API. */
  readonly answers: readonly Sample[];
  /** From a submission to the answer in its file. */
  readonly trips: readonly Sample[];
  /** Of one processor, in %. */
  readonly processor: number;
  /** For how long its threads together wanted a processor that something else had, in % of the time. */
  readonly starved: number;
}

const askEveryMs = 100;
const tripEveryMs = 1_000;

/** Asks for counts, errors and nodes in turn, and sends a command every second, until it is ended. */
export function watchCentral({ client, pid, ...central }: BenchNode): { end(): Promise<Watched> } {
  const [began, processor, waited] = [performance.now(), processorMs([pid()]), processorWaitMs([pid()])];
  const questions = [() => client.counts(), () => client.errors({}), () => client.nodes()];
  const asked = steadily(askEveryMs, async (number) => questions[number % questions.length]?.());
  const message = command(['echo', 'hello'], { reply: 'fileAppend' });
  const trip = { from: { client, pid, ...central }, message, answerBytes: 6, count: 1, warm: 0 };
  // One at a time: each is found by the length of the file. One that has to wait for the one before it, waits as its user does.
  let last: Promise<unknown> = Promise.resolve();
  const sent = steadily(tripEveryMs, () => (last = last.then(() => measureRoundTrips(trip))));
  return {
    async end() {
      const percent = 100 / (performance.now() - began);
      const used = (processorMs([pid()]) - processor) * percent;
      const starved = (processorWaitMs([pid()]) - waited) * percent;
      return { answers: await asked.end(), trips: await sent.end(), processor: used, starved };
    },
  };
}
