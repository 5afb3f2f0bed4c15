// steward run --every, --cron: what a message says of its schedule, and where its results go.
import { longestSpanMs } from '../../base/span.ts';
import { StewardError } from '../../model/error.ts';

export interface ScheduleWanted {
  /** Seconds, as the other spans. */
  readonly every?: number;
  readonly for?: number;
  readonly cron?: string;
  readonly timezone?: string;
  readonly catchUp?: string;
  readonly overlap?: true;
  readonly jitter?: number;
}

/** Below the data folder of the node where it is sent, with a folder for each node. */
export const scheduleFolder = 'schedules';

const when = { hint: 'say when with --every or --cron, or leave it out' };

/** Throws `invalid-usage` where it says how, and not when: to run that once would be something else. */
export function isScheduled({ every, cron, ...how }: ScheduleWanted): boolean {
  if (every !== undefined || cron !== undefined) return true;
  const flags = {
    '--for': how.for,
    '--timezone': how.timezone,
    '--catch-up': how.catchUp,
    '--overlap': how.overlap,
    '--jitter': how.jitter,
  };
  const said = Object.entries(flags).find(([, value]) => value !== undefined)?.[0];
  if (said === undefined) return false;
  throw new StewardError('invalid-usage', `${said} is for what runs again and again`, when);
}

/** Fields of a message file. Throws `invalid-usage`. */
export function scheduleOf(wanted: ScheduleWanted, command: readonly string[]): Readonly<Record<string, unknown>> {
  const { every, cron, for: total, timezone, catchUp, overlap, jitter } = wanted;
  if (every !== undefined && cron !== undefined)
    throw new StewardError('invalid-usage', '--every and --cron exclude each other', { hint: 'leave one of them out' });
  if (every === undefined && total !== undefined)
    throw new StewardError('invalid-usage', '--for says how long --every goes on', { hint: 'leave it out' });
  return {
    ...(every === undefined ? { cron } : { schedule: [every, total ?? longestSpanMs / 1000] }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(jitter === undefined ? {} : { jitter }),
    replyMethod: 'fileAppend',
    directory: scheduleFolder,
    fileName: fileNameOf(command),
  };
}

/** Of the program, without what no file is called. */
export function fileNameOf([program = '']: readonly string[]): string {
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/[^A-Za-z0-9._-]+/g, '-');
  return `${/[A-Za-z0-9]/.test(name) ? name.slice(0, 60) : 'command'}.txt`;
}
