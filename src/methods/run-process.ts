// The methods that take their time: commands, questions to servers, and what is followed.
//
// From: create-methods.ts. To: one runner for each, after what has to hold of the node (`onlyIf` on a fact) has been looked at.
// 1. Nothing of a run has begun when it is rejected. What an earlier life of the node had begun is not asked again.
import type { Clock, Timers } from '../base/clock.ts';
import { describeError } from '../model/error.ts';
import type { MethodName } from '../model/method-name.ts';
import type { CommandRunner } from './command/command-runner.ts';
import { personOf } from './command/person.ts';
import { runCommand, type CommandContext } from './command/run-command.ts';
import type { NodeFacts } from './facts/facts.ts';
import { failed, rejected } from './result.ts';
import type { RunOptions, RunRequest, RunResult } from './run.ts';
import { startSpan } from './span.ts';
import { runTailFile } from './tail/tail-file.ts';

export type Runner = (request: RunRequest, runOptions: RunOptions) => Promise<RunResult>;

export interface ProcessOptions {
  readonly commands: CommandRunner;
  readonly outliving: CommandContext['outliving'];
  readonly facts: NodeFacts;
  /** Methods that come as they are. */
  readonly others: Readonly<Partial<Record<MethodName, Runner>>>;
  readonly workFolder: string;
  readonly inputs: CommandContext['inputs'];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly outputLimit?: number;
  /** Name or path of the Perl interpreter; `perl` unless given. */
  readonly perl?: string;
  /** In tests. */
  readonly personOf?: typeof personOf;
}

export const defaultOutputLimit = 16 * 1024 * 1024;

export function createProcessRunner(options: ProcessOptions): Runner {
  const { clock, timers, workFolder, facts } = options;
  const context = { personOf, outputLimit: defaultOutputLimit, ...options };
  const nobodyTakes = (): Promise<'go on'> => Promise.resolve('go on');
  const runners: Readonly<Partial<Record<MethodName, Runner>>> = {
    ...options.others,
    tailFile: (request, { signal, onOutput = nobodyTakes }) =>
      runTailFile(request, { workFolder, clock, timers, signal, onOutput }),
    syslog: async (request, how) => {
      const { runSyslog } = await import('./syslog/run-syslog.ts');
      return runSyslog(request, { perl: 'perl', onOutput: nobodyTakes, ...options, ...how });
    },
  };
  const refusal = async (
    { message, followed, resume }: RunRequest,
    { signal }: RunOptions,
  ): Promise<string | undefined> =>
    message.onlyIfFact === undefined || followed !== undefined || resume === true
      ? undefined
      : facts.refusal(message.onlyIfFact, signal);
  return async (request, runOptions) => {
    const span = startSpan(clock);
    try {
      const refused = await refusal(request, runOptions);
      if (refused !== undefined) {
        options.commands.disarm(request.key);
        return rejected(span(), `precondition: ${refused}`);
      }
      const run = runners[request.message.method] ?? ((one, how) => runCommand(one, { ...how, ...context }));
      return await run(request, runOptions);
    } catch (error) {
      return failed(span(), { reason: `it could not be run: ${describeError(error)}` });
    }
  };
}
