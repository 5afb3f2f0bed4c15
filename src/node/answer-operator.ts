// The methods that the node answers itself, by name.
import type { Timers } from '../base/clock.ts';
import type { Methods } from '../methods/create-methods.ts';
import type { RunRequest, RunResult } from '../methods/run.ts';
import { answerQueue, type QueueParts } from './answer-queue.ts';
import { answerMethods } from './own-methods/answer-methods.ts';
import type { ToldMethods } from './own-methods/told-methods.ts';
import { answerStartup } from './startup/answer-startup.ts';
import type { Startup } from './startup/startup.ts';

export interface OperatorParts {
  readonly service: Pick<QueueParts, 'queue' | 'cancel'>;
  readonly told: Pick<ToldMethods, 'forget'>;
  readonly startup: Startup;
  readonly methods: Pick<Methods, 'own' | 'run'>;
  readonly timers: Timers;
  readonly wall: () => number;
}

export function answerOperator(parts: OperatorParts): (request: RunRequest) => Promise<RunResult> {
  return ({ key, message, body }) => {
    if (message.method === 'opStartup') return answerStartup(message, body, parts.startup);
    if (message.method === 'opMethods') return answerMethods({ message, body, key }, parts);
    return answerQueue(message, { ...parts.service, wall: parts.wall });
  };
}
