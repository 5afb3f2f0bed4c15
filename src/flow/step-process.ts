// A step that is no lane's, as a process of its own: a submission, the end of one message whose time is over.
//
// From: the stage whose step it is. To: scopes.ts, which takes the step back if it throws.
// 1. It holds nothing between its steps: there is nothing to forget. What it changes of lanes, and beside them, it has to touch or undo.
// 2. Where `redo` is given, what is left to do is done once more; if that fails as well, memory lacks what the disk has, and the node ends.
import { describeError } from '../model/error.ts';
import type { Context } from './context.ts';
import type { Process } from './process.ts';

export interface StepParts {
  /** For people. */
  readonly id: string;
  /** What becomes of it when it crashes, as it is told. */
  readonly fate: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly redo?: () => void;
}

export function stepProcess(context: Context, parts: StepParts): Process {
  const { id, fate, data, redo } = parts;
  let crashes = 0;
  const process: Process = {
    child: context.supervisor.start({ id, restart: 'temporary', intensity: { restarts: 0, periodMs: 0 } }),
    forget: () => undefined,
    crashed(error) {
      crashes += 1;
      if (redo !== undefined && crashes > 1) throw error;
      context.report('process-crashed', `${id} crashed, and ${fate}: ${describeError(error)}`, {
        ...data,
        process: id,
      });
    },
    restart() {
      if (redo !== undefined) context.within(process, redo, undefined);
    },
  };
  return process;
}
