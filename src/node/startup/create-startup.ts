// The startup messages of a node, put together: what they are read with, and the intake that they go to.
import { join } from 'node:path';
import type { Clock, Timers } from '../../base/clock.ts';
import { Turns } from '../../base/turns.ts';
import { StewardError } from '../../model/error.ts';
import type { Report } from '../../model/error-report.ts';
import type { Draft } from '../../model/message.ts';
import type { Config } from '../config/config.ts';
import { parseSubmission } from '../parse-submission.ts';
import { defaultsOf } from '../message-defaults.ts';
import type { Service } from '../service.ts';
import { KeptIds } from './kept-ids.ts';
import { Startup } from './startup.ts';
import { StartupFolder } from './startup-folder.ts';

export interface StartupPlace {
  readonly config: Config;
  readonly workFolder: string;
  readonly service: Pick<Service, 'submitOwn' | 'message' | 'cancel'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly report: Report;
}

export function createStartup({ config, workFolder, service, clock, timers, report }: StartupPlace): Startup {
  const defaults = { ...defaultsOf(config), node: config.nodeName, isLocal: true } as const;
  return new Startup({
    folder: new StartupFolder(config.startupFolder),
    kept: new KeptIds(join(config.databaseFolder, 'startup.json')),
    clock,
    timers,
    report,
    async draftOf(content, file): Promise<Draft> {
      const turns = (): Turns => new Turns(clock);
      const { drafts } = await parseSubmission(content, { defaults, file, folder: workFolder, timers, turns });
      const [draft] = drafts;
      if (draft === undefined || drafts.length > 1)
        throw new StewardError('invalid-message', `it holds ${drafts.length} messages`, {
          place: { file },
          hint: 'a startup file holds one; give each a file of its own',
        });
      if (draft.message.ackTimeoutMs === 0)
        throw new StewardError('invalid-message', 'a startup message cannot do without an ACK', {
          place: { file, field: 'ACKTimeout' },
          hint: 'leave out ACKTimeout',
        });
      return draft;
    },
    submit: service.submitOwn,
    stateOf: service.message,
    cancel: (id) => service.cancel({ ids: [id], by: 'its startup folder' }),
  });
}
