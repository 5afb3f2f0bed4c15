// Ends what runs have left, with one look at the process table for all that ask at the same time.
//
// Job: a hundred commands that time out together cost a few looks, not a hundred.
// From: running commands that were stopped. To: endOrphans.
//
// 1. Whoever asks while a sweep goes on is served by the next one, which sees the table as it is after the asking.
// 2. Each is told of its own run only.
import type { OrphanReport } from './end-orphans.ts';
import type { RunTrace } from './find-run-processes.ts';

interface Request {
  readonly run: RunTrace;
  readonly answer: (report: OrphanReport) => void;
}

export function createSweeper(
  end: (runs: readonly RunTrace[]) => Promise<OrphanReport>,
): (run: RunTrace) => Promise<OrphanReport> {
  let waiting: Request[] = [];
  let sweeping = false;

  const sweep = async (): Promise<void> => {
    sweeping = true;
    while (waiting.length > 0) {
      const served = waiting;
      waiting = [];
      const { ended, left } = await end(served.map(({ run }) => run));
      for (const { run, answer } of served) {
        const own = ({ key }: { readonly key: string }): boolean => key === run.key;
        answer({ ended: ended.filter(own), left: left.filter(own) });
      }
    }
    sweeping = false;
  };

  return (run) =>
    new Promise((answer) => {
      waiting.push({ run, answer });
      // In a microtask, so that all who ask in this turn are in the first sweep.
      if (!sweeping) queueMicrotask(() => void (sweeping ? undefined : sweep()));
    });
}
