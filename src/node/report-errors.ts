// Where every error of a node goes: into its log at once, and to the error kernel, which keeps the counts and tells central.
//
// Boundary. From: the engine, the store and the link. To: the log, the store, and the flow as an event.
// 1. It can be reported from the first moment on: what comes before the store has been taken up waits in the kernel.
import type { Clock, Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { ErrorKernel } from '../errors/kernel.ts';
import type { Notice } from '../flow/effect.ts';
import { errorReport, type Report } from '../model/error-report.ts';
import type { Verdict } from '../model/error-table.ts';
import type { NodeName } from '../model/node-name.ts';
import type { ErrorRecord, WaitingRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import type { Store } from '../store/open-store.ts';
import type { Engine } from './engine.ts';

/** Kinds that an earlier life can have left untold: bounded by the kernel, which never has as many. */
const maxUntold = 1000;

/** One is under way; before it, in the lane, may stand some that have ended, of which central has not said yet that it took them. */
const mostOpen = 8;

const levels = { retry: 'warn', restart: 'warn', stop: 'error', tell: 'warn' } as const satisfies Record<
  Verdict,
  keyof Log
>;

export interface ErrorParts {
  readonly node: NodeName;
  readonly central: NodeName;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: { next(): number };
}

export interface ErrorReporting {
  readonly report: Report;
  /** What became of the message to central is among the notices. */
  onNotice(notice: Notice): void;
  /** The store has been taken up. `onKept`: errors of this node can be read. */
  start(parts: { readonly store: Store; readonly engine: Engine; readonly onKept: () => void }): void;
  /** Writes what is counted: the store is to be closed afterwards. */
  close(): void;
}

export function createErrorReporting(parts: ErrorParts): ErrorReporting {
  const { node, central, log, clock } = parts;
  let started: Parameters<ErrorReporting['start']>[0] | undefined;
  const kernel = new ErrorKernel({
    ...parts,
    keep(ops, then) {
      started?.store.commit(ops, { refusable: false }, () => {
        then();
        started?.onKept();
      });
    },
    tell({ body, ops }, then) {
      started?.engine.handle({
        type: 'errors',
        body,
        ops,
        answer(answered) {
          then(answered);
          // The same commit has kept what was counted since the last one.
          if (answered !== 'refused') started?.onKept();
        },
      });
    },
  });
  return {
    report(code, text, data = {}) {
      const report = errorReport({ code, text, data }, { node, at: Math.floor(clock.wall()) });
      log[levels[report.verdict]](text, { ...data, code });
      kernel.report(report);
    },
    onNotice(notice) {
      if (notice.type === 'state' && notice.state !== 'queued') kernel.settled(notice.id);
    },
    start(given) {
      started = given;
      const { store } = given;
      const page = { query: 'outbox-page', to: central, lane: 'errorLog', afterOrd: 0, limit: mostOpen } as const;
      store.query({ query: 'untold-errors', limit: maxUntold }, (untold) => {
        store.query(page, (waiting) => {
          const underWay = (waiting as readonly WaitingRecord[]).find(({ state }) => !isFinal(state));
          kernel.start({ untold: untold as readonly ErrorRecord[], underWay: underWay?.id });
        });
      });
    },
    close: () => kernel.close(),
  };
}
