// What one stage has another one do. flow.ts puts them together; until then nothing happens.
import type { RunResult } from '../methods/run.ts';
import type { Message } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Passing } from './carry.ts';
import type { HeardPassages } from './hear-passage.ts';
import type { InLane } from './in-lane.ts';
import { failedResult } from './run-request.ts';

export class Hooks {
  /** Called before a batch leaves. */
  beforeBatch: (to: NodeName) => void = () => undefined;
  /** Runs one of the operator's own methods. */
  operate: (message: Message) => RunResult = () => failedResult('this node is not ready');
  /** The same for one that has to ask the store. */
  carryOut: (message: Message, done: (result: RunResult) => void) => void = (_message, done) =>
    done(failedResult('this node is not ready'));
  /** Takes on a message that only passes here. */
  carry: (what: Passing) => void = () => undefined;
  /** Word of a message of this node that others carry. */
  hearPassage: (word: Parameters<HeardPassages['hear']>[0]) => void = () => undefined;
  /** Reads a lane from the disk, and goes on with it. */
  loadInLane: (lane: InLane) => void = () => undefined;
}
