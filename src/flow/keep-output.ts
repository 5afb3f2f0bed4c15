// Writes a large output before the run that made it ends: a few pieces at a time, so that no commit of it holds up those of other lanes.
//
// Boundary. From: job-runner.ts, with the result of a run. To: the store, and back when all of it is durable.
// 1. Until the commit that ends the run has the message that they belong to, a mark says that the pieces are nobody's: a start drops them.
// 2. A step that fails begins anew, with the same id. A node that stops writes at once what is left, and ends the run.
import type { RunResult } from '../methods/run.ts';
import type { MessageId } from '../model/message.ts';
import type { TransferRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { pieceBytes } from '../wire/piece.ts';
import type { Context } from './context.ts';
import type { Job } from './job.ts';
import { pieceOps } from './outbox-record.ts';
import { bodyOf } from './run-request.ts';

/** Bytes of one commit, which takes some milliseconds; what is smaller is written with the end of its run. */
const atOnceBytes = 8 * pieceBytes;
/** The sender of a transfer that is none: of an output of this node. */
const nobody = '';

export class Outputs {
  private readonly context: Context;
  /** Writes what is left of each. */
  private readonly underWay = new Map<Job, () => void>();

  constructor(context: Context) {
    this.context = context;
  }

  /** `then` is given the result as it is to be ended. */
  keep(job: Job, result: RunResult, then: (result: RunResult) => void): void {
    const { context } = this;
    const body = bodyOf(result);
    if (context.stopping || body.length <= atOnceBytes) return then(result);
    const id = (job.outputId ??= context.options.newId());
    let kept = 0;
    const opsUpTo = (end: number): readonly StoreOp[] => {
      const ops = pieceOps(context, { id, body, from: kept, end });
      const mark: StoreOp = { op: 'transfer', record: { from: nobody, id, size: body.length, have: 0 } };
      const all = kept === 0 ? [mark, ...ops] : ops;
      kept = end;
      return all;
    };
    const finish = (): void => {
      this.underWay.delete(job);
      then({ ...result, keptAs: id });
    };
    const writeRest = (): void => {
      if (kept < body.length) context.commit(opsUpTo(body.length));
      finish();
    };
    const next = (): void => {
      // It was written at once meanwhile, or its process began anew.
      if (this.underWay.get(job) !== writeRest) return;
      if (kept === body.length) return finish();
      context.commit(opsUpTo(Math.min(body.length, kept + atOnceBytes)), next);
    };
    this.underWay.set(job, writeRest);
    context.undo(() => this.underWay.delete(job));
    next();
  }

  /** The node stops: nobody hears any more when something has become durable. */
  stop(): void {
    for (const write of this.underWay.values()) write();
  }
}

/** With the message that carries the output. */
export function keptOp(id: MessageId): StoreOp {
  return { op: 'transfer-drop', from: nobody, id, pieces: false };
}

/** Outputs whose runs had not ended when a life of this node did. */
export function dropUnended(context: Context, transfers: readonly TransferRecord[]): readonly StoreOp[] {
  return transfers.filter(isUnended).flatMap(({ id }): StoreOp[] => {
    const owner = { box: 'out' as const, sender: context.node, id };
    return [{ op: 'pieces-drop', owner }, keptOp(id)];
  });
}

export function isUnended({ from }: TransferRecord): boolean {
  return from === nobody;
}
