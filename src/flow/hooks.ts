// What one stage has another one do. flow.ts puts them together; until then nothing happens.
import type { RunResult } from '../methods/run.ts';
import type { Message, MessageId, Outcome, ReplyTo } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Passing } from './carry.ts';
import type { HeardPassages } from './hear-passage.ts';
import type { Change } from './change.ts';
import type { Accepted, InLane } from './in-lane.ts';
import type { Cancelled } from './job-runner.ts';
import type { WindowItem } from './out-lane.ts';
import { failedResult } from './run-request.ts';
import type { Made } from './schedule/schedules.ts';

export class Hooks {
  /** Whether a node is so near that small frames to it are not packed. */
  isNear: (name: NodeName) => boolean = () => false;
  /** Called before a batch leaves that tells of a message with a way. */
  beforeWord: (to: NodeName) => void = () => undefined;
  /** The answer to a request has come: the request, where nobody has been told that it was delivered. */
  noteAnswered: (by: NodeName, to: ReplyTo) => WindowItem | undefined = () => undefined;
  /** Runs one of the operator's own methods. */
  operate: (message: Message) => RunResult = () => failedResult('this node is not ready');
  /** The same for one that has to ask the store. */
  carryOut: (message: Message, done: (result: RunResult) => void) => void = (_message, done) =>
    done(failedResult('this node is not ready'));
  /** Takes on a message that only passes here. */
  carry: (what: Passing) => void = () => undefined;
  /** Word of a message of this node that others carry. */
  hearPassage: (word: Parameters<HeardPassages['hear']>[0]) => void = () => undefined;
  /** What `opCancel` comes to for a schedule; undefined: this message has none that goes. */
  cancelSchedule: (ord: number, of: { readonly running: boolean; readonly reason: string }) => Cancelled | undefined =
    () => undefined;
  /** Whether a message of this lane has a schedule that goes. */
  goesOn: (lane: InLane, id: MessageId) => boolean = () => false;
  /** This node has lost a part of its store: which schedules end by that is to be looked at. */
  lookAtSchedules: () => void = () => undefined;
  /** Of a run: why its schedule was cancelled, if it was. */
  whyRunCancelled: (accepted: Accepted) => string | null = () => null;
  /** A run of a schedule ends by this change. */
  runEnded: (accepted: Accepted, outcome: Outcome, change: Change) => void = () => undefined;
  /** Makes a schedule of a message whose turn it is; or says why not. */
  makeSchedule: (lane: InLane, accepted: Accepted) => Made | { readonly refusal: string } = () => ({
    refusal: 'this node is not ready',
  });
  /** Reads a lane from the disk, and goes on with it. */
  loadInLane: (lane: InLane) => void = () => undefined;
}
