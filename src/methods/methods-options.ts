// What the methods of a node are given: its folders, its clock and writers, its bounds, and what tests put in the place of processes.
//
// From: create-flow.ts. To: create-methods.ts, and the methods that are loaded when they are first asked for (load-method.ts).
import type { Clock, Timers } from '../base/clock.ts';
import type { NodeName } from '../model/node-name.ts';
import type { ExecutorRunner } from './command/executor-runner.ts';
import type { OutlivingCommands } from './command/outliving-command.ts';
import type { personOf } from './command/person.ts';
import type { CommandContext } from './command/run-command.ts';
import type { RunRequest, RunResult } from './run.ts';
import type { ConsoleWriter } from './run-console.ts';
import type { Transport } from './http/transport.ts';
import type { OwnModules } from './own/own-modules.ts';
import type { AskOther } from './copy/ask-target.ts';

export interface MethodsOptions {
  readonly nodeName: NodeName;
  /** Absolute. The only folder that messages write to; made if it is missing. */
  readonly dataFolder: string;
  /** Where the node's store is: files on the same disk are written without detours. */
  readonly storeFolder: string;
  /** Of programs that are methods of this node; absent: there are none. */
  readonly methodsFolder?: string;
  /** Modules that are methods of this node; absent: there are none. */
  readonly modules?: OwnModules;
  /** Where commands run. */
  readonly workFolder: string;
  /** Where the owner's facts of the node lie. */
  readonly configFolder: string;
  readonly groups: readonly string[];
  /** Of Steward. */
  readonly version: string;
  /** What commands inherit: the node's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stdout: ConsoleWriter;
  readonly stderr: ConsoleWriter;
  /** For kind `node`. */
  readonly askNode: (request: RunRequest) => Promise<RunResult>;
  /** For `copySrc`: a request to another node, and its answer. */
  readonly askOther: AskOther;
  /** Most bytes that a command may write, standard output and standard error together, or a web server answer. 16 MiB unless given. */
  readonly outputLimit?: number;
  /** At this length central's file of errors is set aside, in the place of the one before it. 16 MiB unless given. */
  readonly errorLogBytes?: number;
  /** Most bytes of address space of each process of a command. Absent: no bound. */
  readonly memoryLimit?: number;
  /** The node's own pid, which is never killed. */
  readonly pid: number;
  /** Name or path of the Perl interpreter that starts commands faster than node can. `perl` unless given; it need not exist. */
  readonly perl?: string;
  /** What tests put in the place of processes and of the network. */
  readonly parts?: {
    readonly commands?: Omit<ExecutorRunner, 'warm'>;
    readonly outliving?: CommandContext['outliving'] & Pick<OutlivingCommands, 'forget' | 'close'>;
    readonly personOf?: typeof personOf;
    readonly transport?: Transport;
  };
}
