// The methods that the node answers itself, by name.
import type { RunRequest, RunResult } from '../methods/run.ts';
import { answerQueue, type QueueParts } from './answer-queue.ts';
import { answerStartup } from './startup/answer-startup.ts';
import type { Startup } from './startup/startup.ts';

export interface OperatorParts {
  readonly service: Pick<QueueParts, 'queue' | 'cancel'>;
  readonly startup: Startup;
  readonly wall: () => number;
}

export function answerOperator(parts: OperatorParts): (request: RunRequest) => Promise<RunResult> {
  return ({ message, body }) => {
    if (message.method === 'opStartup') return answerStartup(message, body, parts.startup);
    return answerQueue(message, { ...parts.service, wall: parts.wall });
  };
}
